// Adds what a page can do without: finding the visitor's area by the device's own place.
"use strict";
{
  const form = document.getElementById("here");
  if (form && navigator.geolocation && window.isSecureContext) {
    const button = form.querySelector("button");
    const status = form.querySelector("[role=status]");
    const say = (words, busy) => {
      status.textContent = words;
      button.setAttribute("aria-disabled", busy);
    };
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      say(form.dataset.wait, true);
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          form.elements.lat.value = coords.latitude.toFixed(5);
          form.elements.lon.value = coords.longitude.toFixed(5);
          form.submit();
        },
        (error) => say(error.code === 1 ? form.dataset.denied : form.dataset.failed, false),
        { maximumAge: 60000, timeout: 15000 },
      );
    });
    // A page that comes back from the browser's memory must not wait for ever.
    window.addEventListener("pageshow", () => say("", false));
  }
}
document.querySelector(".errors")?.focus();
