// Returns what is hard to see on the page by WCAG 2: texts whose contrast with their background is below
// 4.5, and fields whose border has less than 3 against what is around them.

const channels = (color) => color.match(/[\d.]+/g).map(Number);

function luminance(color) {
  const [red, green, blue] = channels(color).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(color, otherColor) {
  const [dark, light] = [luminance(color), luminance(otherColor)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function background(element) {
  const color = getComputedStyle(element).backgroundColor;
  const isTransparent = channels(color)[3] === 0;
  return isTransparent ? background(element.parentElement) : color;
}

const poor = [];
function expect(least, element, color, what) {
  const found = contrast(color, background(element));
  if (found < least) poor.push(`${found.toFixed(2)} ${what} ${element.outerHTML.slice(0, 100)}`);
}

for (const element of document.body.querySelectorAll("*")) {
  if (!element.checkVisibility() || element.matches("option")) continue;
  const style = getComputedStyle(element);
  const isField = element.matches("textarea, input, select");
  const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (isField || hasText) expect(4.5, element, style.color, "text");
  if (element.placeholder) {
    expect(4.5, element, getComputedStyle(element, "::placeholder").color, "placeholder");
  }
  if (isField) expect(3, element.parentElement, style.borderTopColor, "border");
}
return poor;
