// Adds to a report's pages what they can do without: place of the device, lists and map that change
// in place, photos made smaller before they travel, copying the link.
"use strict";
{
  const step = document.getElementById("step");
  const one = (selector, root = document) => root.querySelector(selector);

  // Lists and map: a press sends the form as always, but only this part of the page is renewed.
  const where = one("#where"), told = one("#told");
  const tell = (words) => { if (told) told.textContent = words; };
  const renew = async (button, more = {}) => {
    const data = new FormData(step);
    if (button?.name) data.set(button.name, button.value);
    for (const [name, value] of Object.entries(more)) data.set(name, value);
    where.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(step.action, { method: "POST", body: new URLSearchParams(data) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = one("#where", page);
      if (!fresh) throw new Error("another page");
      const id = document.activeElement?.id;
      const pressed = button?.value;
      where.replaceChildren(...fresh.childNodes);
      const again = id ? document.getElementById(id) : pressed && one(`button[value="${pressed}"]`, where);
      (again || (more["pt.x"] && one("[name=pt]", where)))?.focus({ preventScroll: true });
      tell(one("#map .wrong, #map .spot", where)?.textContent.trim() || "");
    } catch {
      step.requestSubmit(button?.form === step ? button : undefined);
    } finally {
      where.removeAttribute("aria-busy");
    }
  };
  step?.classList.add("live");
  if (where && step) {
    where.addEventListener("change", ({ target }) => {
      if (target.name !== "area") return;
      const later = [...where.querySelectorAll("select")];
      for (const list of later.slice(later.indexOf(target) + 1)) list.value = "";
      renew({ name: "show", value: "1" });
    });
    where.addEventListener("click", (event) => {
      const button = event.target.closest("button, input[type=image]");
      if (!button) return;
      event.preventDefault();
      if (button.name !== "pt") return renew(button);
      const at = event.detail ? [event.offsetX, event.offsetY].map(Math.round) : [0, 0];
      renew(null, { "pt.x": at[0], "pt.y": at[1] });
    });
    const device = one(".device");
    if (device && navigator.geolocation && window.isSecureContext) {
      const button = one("button", device), status = one("p", device);
      device.hidden = false;
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") === "true") return;
        const say = (words, busy) => {
          tell(words);
          status.textContent = words;
          button.setAttribute("aria-disabled", busy);
        };
        say(device.dataset.wait, true);
        navigator.geolocation.getCurrentPosition(
          async ({ coords }) => {
            const at = { here: "1", lat: coords.latitude.toFixed(6), lon: coords.longitude.toFixed(6) };
            await renew(null, { ...at, accuracy: Math.round(coords.accuracy) });
            say(one("#map .wrong, #map .spot")?.textContent || "", false);
          },
          (error) => say(error.code === 1 ? device.dataset.denied : device.dataset.failed, false),
          { enableHighAccuracy: true, maximumAge: 60000, timeout: 15000 },
        );
      });
    }
  }

  // Photos: at most 1600 pixels, as JPEG; one that the browser cannot read travels as it is.
  const shrink = async (file) => {
    try {
      const image = await createImageBitmap(file, { imageOrientation: "from-image" });
      const part = Math.min(1, 1600 / Math.max(image.width, image.height));
      if (part === 1 && file.size < 400000) return file;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * part);
      canvas.height = Math.round(image.height * part);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
      if (!blob || blob.size >= file.size) return file;
      return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    } catch {
      return file;
    }
  };
  for (const input of document.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", async () => {
      const files = new DataTransfer();
      for (const file of input.files) files.items.add(await shrink(file));
      input.files = files.files;
    });
  }

  // The secret link.
  const tools = one("[data-tools]"), link = one("[data-copy]");
  if (tools && link) {
    tools.hidden = false;
    const share = one("[data-do=share]", tools);
    if (navigator.share && share) share.hidden = false;
    tools.addEventListener("click", async ({ target }) => {
      const what = target.closest("[data-do]")?.dataset.do;
      if (what === "print") window.print();
      if (what === "share") navigator.share({ url: link.href }).catch(() => {});
      if (what === "copy" && navigator.clipboard) {
        await navigator.clipboard.writeText(link.href).catch(() => {});
        target.textContent = tools.dataset.copied;
      }
    });
  }
  one(".errors")?.focus();
}
