// What the page does beyond Gradio: remembers in the address which conversation this tab shows,
// brings a new turn into view, and tells screen readers where replies appear.
"use strict";

(() => {
  let shown = null;
  let turns = 0;

  function label(conversation) {
    if (conversation.getAttribute("aria-live")) return;
    conversation.setAttribute("role", "region");
    conversation.setAttribute("aria-label", "Conversation");
    conversation.setAttribute("aria-live", "polite");
    conversation.setAttribute("aria-relevant", "additions");
  }

  function remember(conversation) {
    const marker = conversation.querySelector("[id^=conversation-]");
    const begun = conversation.querySelector(".welcome");
    const id = marker ? marker.id.replace("conversation-", "") : begun ? "new" : null;
    if (id === null || id === shown) return;
    const first = shown === null;
    shown = id;
    if (first && id === "new") return;
    const address = new URL(window.location.href);
    address.searchParams.set("c", id);
    window.history.replaceState(null, "", address);
  }

  function follow(conversation) {
    const own = conversation.querySelectorAll(".situation");
    if (own.length > turns) {
      const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      own[own.length - 1].scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
    }
    turns = own.length;
  }

  function look() {
    const conversation = document.getElementById("conversation");
    if (!conversation) return;
    label(conversation);
    remember(conversation);
    follow(conversation);
  }

  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
  look();
})();
