// Before the first paint: the theme and the language that were chosen, so that nothing flashes.
(function () {
  var root = document.documentElement;
  var theme = null;
  try {
    theme = localStorage.getItem("tinko.theme");
    var language = localStorage.getItem("tinko.locale");
    if (language) root.lang = language;
  } catch {
    // No storage: the system's theme it is.
  }
  if (theme !== "light" && theme !== "dark")
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = theme;
})();
