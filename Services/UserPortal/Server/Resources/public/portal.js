// SPDX-License-Identifier: Apache-2.0
// Pages work without this script. It asks for news of the phone in the background, shows times as the browser's own
// clock would, and offers to print what is shown once.

const pausesMs = [0, 1000, 2000, 5000];

for (const time of document.querySelectorAll("time[datetime]")) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  time.textContent = format.format(new Date(time.dateTime));
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const form of document.querySelectorAll("form[data-wait]")) {
  document.documentElement.classList.add("watching");
  watch(form);
}

/** Asks until there is a decision, then submits the form for good: its answer is the next page. */
async function watch(form) {
  for (let failures = 0; failures < pausesMs.length; ) {
    await new Promise((resolve) => setTimeout(resolve, pausesMs[failures]));
    try {
      const fields = new URLSearchParams(new FormData(form));
      fields.set("wait", form.dataset.wait);
      const answer = await fetch(form.action, {
        method: "POST", body: fields, headers: { Accept: "application/json" }, redirect: "error", cache: "no-store",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const { state } = await answer.json();
      failures = 0;
      if (state !== "pending") return form.requestSubmit();
    } catch {
      failures += 1;
    }
  }
  document.documentElement.classList.remove("watching");
}
