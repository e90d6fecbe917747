"use strict";
// Filters of the list of checks; without script everything is shown.
(() => {
  const rows = Array.from(document.querySelectorAll("#check-rows tr"));
  const form = document.getElementById("filters");
  const count = document.getElementById("shown-count");
  const cells = Array.from(document.querySelectorAll("button.cell"));
  if (!form) return;
  form.hidden = false;
  const fields = ["status", "severity", "domain", "category"];
  // One attribute holds five: the list is most of the page.
  for (const row of rows) {
    [row.dataset.status, row.dataset.severity, row.dataset.domain, row.dataset.category,
      row.dataset.context] = row.dataset.k.split("|");
  }
  let context = "";

  const apply = () => {
    const wanted = Object.fromEntries(fields.map((name) => [name, form.elements[name].value]));
    const text = form.elements.text.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const data = row.dataset;
      const bad = data.status === "fail" || data.status === "error";
      const visible =
        (!wanted.status || (wanted.status === "bad" ? bad : data.status === wanted.status)) &&
        (!wanted.severity || data.severity === wanted.severity) &&
        (!wanted.domain || data.domain === wanted.domain) &&
        (!wanted.category || data.category === wanted.category) &&
        (!context || data.context === context) &&
        (!text || row.textContent.toLowerCase().includes(text) || data.id.includes(text));
      row.hidden = !visible;
      shown += visible ? 1 : 0;
    }
    count.textContent = String(shown);
    for (const cell of cells) {
      const on =
        context !== "" && cell.dataset.domain === wanted.domain &&
        cell.dataset.category === wanted.category && cell.dataset.context === context;
      cell.setAttribute("aria-pressed", on ? "true" : "false");
    }
  };

  form.addEventListener("input", (event) => {
    if (event.target.name === "domain" || event.target.name === "category") context = "";
    apply();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    context = "";
    form.elements.status.value = "";
    setTimeout(() => { form.elements.status.value = ""; apply(); }, 0);
  });
  for (const cell of cells) {
    cell.addEventListener("click", () => {
      form.reset();
      setTimeout(() => {
        form.elements.domain.value = cell.dataset.domain;
        form.elements.category.value = cell.dataset.category;
        form.elements.status.value = Number(cell.dataset.failed) > 0 ? "bad" : "";
        context = cell.dataset.context;
        apply();
        document.getElementById("checks").scrollIntoView();
        document.getElementById("checks").focus({ preventScroll: true });
      }, 0);
    });
  }
  // The list of checks as CSV is made from the page when it is asked for; its cells are the same.
  const button = document.getElementById("checks-csv");
  button.hidden = false;
  button.addEventListener("click", () => {
    const cell = (text) => `"${(/^[=+@]/.test(text) ? "'" + text : text).replaceAll('"', '""')}"`;
    const head = [...document.querySelectorAll("#checks thead th")].map((th) => th.textContent);
    const lines = [[button.dataset.head, ...head], ...rows.map((row) =>
      [row.dataset.id, ...[...row.cells].map((td) => td.textContent.trim())])];
    const text = "\ufeff" + lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = `${button.dataset.name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  // A table that scrolls can be scrolled by keyboard.
  for (const box of document.querySelectorAll(".tablebox")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
  // Paper shows what a screen folds.
  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details.paper")) folded.open = true;
  });
  apply();
})();
