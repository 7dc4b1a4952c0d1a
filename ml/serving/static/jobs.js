// Follows one job; without it the page looks again by itself.
(() => {
  "use strict";

  const job = document.querySelector("[data-events]");
  if (!job) return;
  const bar = job.querySelector("progress");
  const status = job.querySelector("[role=status]");
  const heading = job.querySelector("h1");
  const events = new EventSource(job.dataset.events);
  const count = (number) => number.toLocaleString("en");

  function show(told) {
    if (told.state === "running") heading.textContent = "Scoring your file";
    if (told.rows) {
      bar.max = told.rows;
      bar.value = told.rows_done;
      status.textContent = `${count(told.rows_done)} of ${count(told.rows)} scored`;
    } else if (told.state === "running") {
      bar.removeAttribute("value");
      status.textContent = told.step === "clean" ? "Checking every value" : "Reading the file";
    }
  }

  events.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  events.addEventListener("end", (event) => {
    events.close();
    location.replace(JSON.parse(event.data).links.page); // the way back leads to the form
  });
})();
