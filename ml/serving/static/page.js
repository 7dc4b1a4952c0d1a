// Everything here is comfort: without it the form still posts and every link still leads on.
(() => {
  "use strict";

  const form = () => document.getElementById("upload");

  function say(text, bad = false) {
    const status = document.getElementById("upload-status");
    status.textContent = text;
    status.classList.toggle("bad", bad);
  }

  function showProgress(name) {
    const progress = form().querySelector(".progress");
    progress.hidden = false;
    progress.querySelector(".progress-name").textContent = name;
    progress.querySelector("progress").value = 0;
    say("Sending the file");
  }

  function hideProgress() {
    form().querySelector(".progress").hidden = true;
    form().querySelector("input[type=file]").value = "";
  }

  function send(file) {
    const { mostBytes, mostText } = form().dataset;
    if (file.size > Number(mostBytes)) {
      say(`${file.name} is larger than ${mostText}. Send it in smaller parts.`, true);
      form().querySelector("input[type=file]").value = "";
      return;
    }
    showProgress(file.name);
    form().requestSubmit();
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "file" && event.target.files.length) send(event.target.files[0]);
  });

  const dropZone = (event) => event.target.closest && event.target.closest(".drop");

  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (form()) event.preventDefault(); // a file dropped beside the zone must not replace the page
      const zone = dropZone(event);
      if (zone) zone.classList.toggle("over", kind === "dragover");
      if (!zone || kind !== "drop") return;
      const files = event.dataTransfer.files;
      if (files.length !== 1) {
        say("Drop one file at a time.", true);
        return;
      }
      document.getElementById("file").files = files;
      send(files[0]);
    });
  }

  document.addEventListener("htmx:xhr:progress", (event) => {
    if (!form() || !event.detail.lengthComputable) return;
    const bar = form().querySelector("progress");
    const share = event.detail.loaded / event.detail.total;
    if (share < 1) {
      bar.value = Math.round(share * 100);
    } else {
      bar.removeAttribute("value");
      say("Scoring");
    }
  });

  // What takes seconds is said, and asked for once.
  document.addEventListener("submit", (event) => {
    const { working } = event.target.dataset;
    if (!working) return;
    event.target.querySelector("[role=status]").textContent = working;
    event.target.querySelector("button").disabled = true;
  });

  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // the way back must not lead to a spent form
  });

  document.addEventListener("htmx:sendError", () => {
    if (!form()) return;
    hideProgress();
    say("The connection broke off. Try again.", true);
  });

  // A refusal takes the place of the form: let people hear and see where they are.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig.verb === "post") document.getElementById("main").focus();
  });
})();
