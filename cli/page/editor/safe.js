// HTML from the language server's Markdown, cut down to plain markup: a policy may hold anything.

const ELEMENTS = new Set("A B BLOCKQUOTE BR CODE EM H1 H2 H3 H4 HR I LI OL P PRE SPAN STRONG UL".split(" "));

/**
 * Elements that are not in the list become their text; attributes go, but for the class of highlighted code.
 * @param {string} html
 */
export function safe(html) {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const element of [...body.querySelectorAll("*")]) {
    if (!ELEMENTS.has(element.tagName)) element.replaceWith(element.textContent ?? "");
    else for (const { name } of [...element.attributes]) if (name !== "class") element.removeAttribute(name);
  }
  return body.innerHTML;
}
