"""What the screens of identity say, in Chinese; the English sentence is the key.

In: an English template, a language, its parts. Out: the sentence for a person to read.
"""

from __future__ import annotations

_ZH = {
    # user.py, directory.py, api_keys.py
    '"{company}" cannot be the name of a company.': "“{company}”不能用作公司名称。",
    '"{role}" cannot be the name of a role.': "“{role}”不能用作角色名称。",
    "A user name has 1 to 64 letters, digits, or any of . @ + - _ and no space.": (
        "用户名为 1 至 64 个字符，可用文字、数字和 . @ + - _，不能有空格。"
    ),
    "Enter a name of at most 64 characters.": "请输入姓名，最多 64 个字符。",
    "Enter an email address such as ann@example.com.": "请输入电子邮箱，例如 ann@example.com。",
    'There is no language "{language}". Known: {known}.': "没有语言“{language}”。可选：{known}。",
    "A password has at least {least} and at most {most} characters.": "密码至少 {least} 个字符，最多 {most} 个字符。",
    "The password must differ from the user name.": "密码不能与用户名相同。",
    'There is no user "{username}".': "没有用户“{username}”。",
    'The user name "{username}" is taken.': "用户名“{username}”已被使用。",
    "Somebody took this user name or email just now. Choose another.": "此用户名或邮箱刚被使用。请换一个。",
    "Another user has the email address {email}.": "邮箱 {email} 已被其他用户使用。",
    "This is the last active platform admin. Make another user one first.": (
        "这是最后一位启用的平台管理员。请先将其他用户设为平台管理员。"
    ),
    "Name the key by what will use it, in at most 80 characters.": "请以用途命名密钥，最多 80 个字符。",
    "A key is in force for 1 to 3650 days.": "密钥有效期为 1 至 3650 天。",
    "You have {most} keys in force. Revoke one that is no longer used.": (
        "您已有 {most} 个有效密钥。请先撤销不再使用的密钥。"
    ),
    "There is no such key in force.": "没有这个有效密钥。",
    # credentials.py, protection.py
    "The user of this token may not sign in.": "此令牌的用户不能登录。",
    "The password was changed after this token was issued. Sign in again.": "令牌签发后密码已更改。请重新登录。",
    "There is no such API key in force.": "没有这个有效的 API 密钥。",
    "The access token has expired. Get a new one with the refresh token, or sign in again.": (
        "访问令牌已过期。请用刷新令牌换取新的令牌，或重新登录。"
    ),
    "The access token is not valid. Sign in again.": "访问令牌无效。请重新登录。",
    "This is not an access token. Send the one named access_token.": "这不是访问令牌。请使用 access_token。",
    "This page is no longer valid. Reload it and try again.": "此页面已失效。请刷新后重试。",
    # sign-in
    "Sign in": "登录",
    "Sign out": "退出登录",
    "User name or email": "用户名或邮箱",
    "Password": "密码",
    "Enter your user name and your password.": "请输入用户名和密码。",
    "The user name or the password is wrong. Check both and try again.": "用户名或密码错误。请检查后重试。",
    "This page was open for too long. Please sign in again.": "页面打开时间过长。请重新登录。",
    "Too many attempts to sign in. Wait a minute and try again.": "登录尝试次数过多。请一分钟后重试。",
    "Please sign in to go on.": "请登录后继续。",
    "Sign in with {provider}": "使用 {provider} 登录",
    "You are not known here yet. Ask an administrator to add you.": "系统中还没有您的账户。请联系管理员添加。",
    # profile
    "Profile": "个人资料",
    "Name": "姓名",
    "User name": "用户名",
    "Email": "邮箱",
    "Roles": "角色",
    "Platform admin": "平台管理员",
    "No roles yet": "尚无角色",
    "Language": "语言",
    "As my browser asks for": "跟随浏览器",
    "As their browser asks for": "跟随其浏览器",
    "Save": "保存",
    "Saved.": "已保存。",
    "Change password": "修改密码",
    "Present password": "当前密码",
    "New password": "新密码",
    "New password once more": "再次输入新密码",
    "This is not your present password.": "当前密码不正确。",
    "The two new passwords differ.": "两次输入的新密码不一致。",
    "Your password was changed. All your other sessions were ended.": "密码已修改。您的其他会话均已结束。",
    "Your other sessions and tokens end when you change it.": "修改密码后，您的其他会话和令牌将失效。",
    "Your password is kept by your company's sign-in service, not here.": (
        "您的密码由公司的登录服务保管，不在此处修改。"
    ),
    "API keys": "API 密钥",
    "A key lets a program act as you. It may do all that you may do.": "密钥让程序以您的身份操作，权限与您相同。",
    "Key name": "密钥名称",
    "In force for": "有效期",
    "30 days": "30 天",
    "90 days": "90 天",
    "A year": "一年",
    "Until it is revoked": "直到撤销",
    "Create key": "创建密钥",
    "Revoke": "撤销",
    "Created": "创建时间",
    "Expires": "到期时间",
    "Last used": "最近使用",
    "never": "从未",
    "No keys yet": "尚无密钥",
    "Copy this key now. It cannot be shown again.": "请立即复制此密钥，之后无法再次查看。",
    'The key "{name}" was revoked.': "密钥“{name}”已撤销。",
    # users and roles
    "Users": "用户",
    "Search": "搜索",
    "Search by name, user name or email": "按姓名、用户名或邮箱搜索",
    "Add user": "添加用户",
    "Edit user": "编辑用户",
    "Active": "启用",
    "Inactive": "停用",
    "Deactivate": "停用",
    "Activate": "启用",
    "No user found": "未找到用户",
    "{count} users": "{count} 位用户",
    "Previous": "上一页",
    "Next": "下一页",
    "Back to users": "返回用户列表",
    "Manages users, companies and everything in them.": "管理用户、公司及其全部内容。",
    "Roles in {company}": "{company} 的角色",
    "Roles come with the definitions of a company. None is known yet.": "角色来自公司的定义。目前还没有角色。",
    "Role": "角色",
    "Company": "公司",
    "What a role may do is said by the company's definitions. Roles are given to people on the page of the user.": (
        "角色的权限由公司的定义决定。在用户页面为人员分配角色。"
    ),
    "Reset password": "重置密码",
    "Their sessions and tokens end with the old password.": "旧密码失效后，其会话和令牌也随之失效。",
    "{name} was added.": "已添加 {name}。",
    "The password of {name} was reset.": "已重置 {name} 的密码。",
    "{name} was deactivated. They are refused from now on.": "已停用 {name}，立即生效。",
    "{name} may sign in again.": "{name} 可以重新登录了。",
    "Only a platform admin may open this page.": "只有平台管理员可以打开此页面。",
    "You cannot take the platform from yourself here. Another admin can.": (
        "您不能取消自己的平台管理员身份，请由其他管理员操作。"
    ),
    "You cannot deactivate yourself. Another admin can.": "您不能停用自己，请由其他管理员操作。",
}


def translate(message: str, language: str, /, **params: object) -> str:
    """The sentence in this language, in English where there is no other, with its parts filled in."""
    template = _ZH.get(message, message) if language == "zh" else message
    return template.format(**params) if params else template
