// What a failed request looks like: signed out, refused, broken, offline. Typed text stays.
(() => {
  const say = (text) => {
    const notice = document.getElementById("notice");
    if (!notice) return;
    const box = document.createElement("div");
    box.className = "notice notice-bad";
    const line = document.createElement("p");
    line.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button button-small";
    close.dataset.dismiss = "";
    close.textContent = "Close";
    box.append(line, close);
    notice.replaceChildren(box);
    document.querySelector("dialog[open]")?.close();
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const path = xhr.responseURL ? new URL(xhr.responseURL).pathname : "";
    if (path === "/login/") {
      event.detail.shouldSwap = false;
      if (event.detail.elt?.closest?.("[data-quiet]")) return;
      say("You are signed out. Sign in in another tab, then repeat this; what you typed is still here.");
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "notice") return;
    document.querySelector("dialog[open]")?.close();
    const isLost = Boolean(event.target.querySelector("[data-lost]"));
    document.getElementById("actions")?.toggleAttribute("data-lost", isLost);
    for (const button of document.querySelectorAll("#actions button")) button.disabled = isLost;
    event.target.scrollIntoView({ block: "nearest" });
  });

  // What the page asks for by itself, time and again, fails without a word.
  const isQuiet = (event) => Boolean(event.detail.elt?.closest?.("[data-quiet]"));

  document.addEventListener("htmx:responseError", (event) => {
    if (isQuiet(event)) return;
    const { status } = event.detail.xhr;
    if (status === 409 || status === 422) return; // their answers are on the screen
    if (status === 403) say("You may not do that. If you signed in anew, load the page again first.");
    else if (status === 404) say("This is no longer here, or not for you to see.");
    else if (status === 429) say("Too many requests. Wait a moment, then try again.");
    else say("Something went wrong on our side. Nothing was decided; try again in a moment.");
  });

  document.addEventListener("htmx:sendError", (event) => {
    if (isQuiet(event)) return;
    say("No connection. Nothing was sent; what you typed is still here.");
  });
})();
