"""Every kind of problem that the compiler reports, by code.

In: nothing. Out: CODES, from which the reference page of problems is generated. A test holds that each code that the
product uses stands here and the other way round.

R: reading a file. S: shape of a definition. P: packages, companies and layers. F: fields. L: links between objects.
X: expressions.
"""

from __future__ import annotations

CODES = {
    "R101": "The file cannot be read: it is missing, too large, or not UTF-8.",
    "R102": "The file is not YAML, or not JSON.",
    "R103": "A key stands twice in the same mapping. The second would silently win; say which one is meant.",
    "R104": "A file holds one object: a mapping at the top, and one document only.",
    "R105": "Keys are names, not numbers, lists or mappings.",
    "R106": "Anchors and aliases are not read: every value has one place of its own, which overlays can name.",
    "R107": "Tags (`!name`) are not read.",
    "R108": "The definition is nested too deeply.",
    "S101": "An unknown property.",
    "S102": "A value of the wrong kind, such as a text where a number is expected.",
    "S103": "A value that is not among those allowed.",
    "S104": "A required property is missing.",
    "S105": "A name that is not a name: small letters, digits and underscores, beginning with a letter.",
    "S106": "A value outside its limits.",
    "P101": "The file says neither what it defines (`entity: customer`) nor what it extends (`extends: crm.customer`).",
    "P102": "The file lies in a folder that is not one of the folders of definitions.",
    "P103": "The name in the file differs from the file's name, or the kind from its folder.",
    "P104": "Two files of one layer define or extend the same object.",
    "P105": "An overlay extends an object that does not exist. The overlay is orphaned: it is kept and has no effect.",
    "P106": "A package that is required is not there.",
    "P107": "A package is there in a version that does not satisfy what is required.",
    "P108": "Packages require each other in a circle.",
    "P109": "A company or package folder lacks its company.yaml or package.yaml.",
    "P110": "An overlay changes or removes a node that does not exist in what it extends. The patch is orphaned.",
    "P111": "`after` or `before` names a node that does not exist.",
    "P112": "A version or a range of versions is not written as one.",
    "P113": "Something of a package is named by a package that does not require it.",
    "F101": "A field lacks its type.",
    "F102": "An unknown field type.",
    "F103": "A setting of a field is faulty in itself or together with another.",
    "F104": "A field's name is taken by the system.",
    "F105": "A property does not go with this field type.",
    "F106": "A default that the field itself would refuse.",
    "F107": "The columns of the entity would have names that are too long, or the same name twice.",
    "F108": "An entity needs a field that names its records.",
    "L201": "A reference to an entity that does not exist.",
    "L202": "A reference to a field that does not exist.",
    "L203": "A reference to a set of choices that does not exist.",
    "L204": "A reference to a list, form, role or tab that does not exist.",
    "L205": "`by` must name a ref field of the other entity that refers back to this one.",
    "L206": "An owned row has one owner: two `lines` fields claim the same entity.",
    "L207": "A lifecycle is faulty: an unknown state, no state, or a field that is no choice.",
    "L208": "A condition is faulty: its operator or value does not go with the field.",
    "L209": "A value in a data set is not acceptable to its field.",
    "L210": "A data set names a record that does not exist.",
    "L211": "Roles include each other in a circle.",
    "L212": "Two entities would have the same table.",
    "L213": "A field is on a form or in a list in a way that its type does not allow.",
    "L214": "An entity can be reached from no menu.",
    "X101": "An expression cannot be read.",
    "X102": "An expression names something that does not exist here.",
    "X103": "An expression has the wrong type, or combines types that do not go together.",
    "X104": "Formulas depend on each other in a circle.",
    "X105": "An expression is too long, too deep or too costly.",
}
