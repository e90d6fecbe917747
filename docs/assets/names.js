// Names for screen readers, of parts that the theme leaves without one.
document$.subscribe(() => {
  const search = document.querySelector("[data-md-component=search]");
  const field = search && search.querySelector("input");
  if (field) search.setAttribute("aria-label", field.getAttribute("aria-label"));
  document.querySelectorAll(".md-code__nav").forEach((nav, index) => {
    const button = nav.querySelector("button");
    nav.setAttribute("aria-label", `${button ? button.title : "Code"} ${index + 1}`);
  });
  // lines of code that scroll take the keyboard
  document.querySelectorAll(".md-typeset pre > code").forEach((code) => {
    if (code.scrollWidth > code.clientWidth || code.scrollHeight > code.clientHeight) code.tabIndex = 0;
  });
  // the theme wraps tables after the page is shown; one that scrolls takes the keyboard
  setTimeout(() => document.querySelectorAll(".md-typeset__scrollwrap").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }), 100);
});
