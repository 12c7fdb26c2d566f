// Which rows of a list are picked: the bar above them says how many.
export function selection(Alpine) {
  Alpine.data("selection", () => ({
    chosen: 0,
    get any() {
      return this.chosen > 0;
    },
    get said() {
      const text = this.$root.querySelector("[data-one]")?.dataset.one || "{count}";
      return text.replace("{count}", this.chosen);
    },
    boxes() {
      return [...this.$root.querySelectorAll("tbody input[name=ids]")];
    },
    count() {
      const boxes = this.boxes();
      const picked = boxes.filter((box) => box.checked);
      boxes.forEach((box) => box.closest("tr").classList.toggle("chosen", box.checked));
      this.chosen = picked.length;
      const all = this.$refs.all;
      all.checked = picked.length === boxes.length && boxes.length > 0;
      all.indeterminate = picked.length > 0 && picked.length < boxes.length;
    },
    toggleAll() {
      const wanted = this.$refs.all.checked;
      this.boxes().forEach((box) => { box.checked = wanted; });
      this.count();
    },
    clear() {
      this.boxes().forEach((box) => { box.checked = false; });
      this.count();
    },
  }));
}
