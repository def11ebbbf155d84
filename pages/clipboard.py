"""Copying in a browser, also where the app is opened by http: a page without https has no clipboard of its own."""

# `copied(text)` gives whether it is on the clipboard.
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
"""
