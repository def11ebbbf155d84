"""Copying in a browser, also where the app is opened by http: a page without https has no clipboard of its own."""

# `copies(button, name, said)`: a click copies the variable's tag, marks the button, and has a screen reader say so.
JS = """
const copied = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.style.cssText = "position: fixed; opacity: 0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
};
const copies = (button, name, said) => {
  button.type = "button";
  button.onclick = async () => {
    if (!(await copied("{{ " + name + " }}"))) return;
    button.classList.add("copied");
    said.textContent = name + " copied";
    setTimeout(() => button.classList.remove("copied"), 900);
  };
};
"""
