// Before the first paint: the theme and the language that were chosen, so that nothing flashes.
(function () {
  try {
    var theme = localStorage.getItem("tinko.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    var language = localStorage.getItem("tinko.locale");
    if (language) document.documentElement.lang = language;
  } catch {
    // No storage: the system's theme it is.
  }
})();
