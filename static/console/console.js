// Comfort only: every page works without it.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // On a phone the navigation starts closed.
  const menu = document.getElementById("menu");
  if (menu && matchMedia("(max-width: 760px)").matches) menu.open = false;

  // Menus close with Escape and when something else is clicked.
  const menus = all("details.menu");
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus.filter((one) => one.open).forEach((one) => {
      one.open = false;
      one.querySelector("summary").focus();
    });
  });
  addEventListener("click", (event) => {
    menus.filter((one) => !one.contains(event.target)).forEach((one) => { one.open = false; });
  });

  // Selecting: the sum of what is ticked on this page, in cents so that it is exact.
  all("form[data-total]").forEach((form) => {
    const box = form.querySelector("[data-sum-box]");
    if (!box) return;
    const show = () => {
      const cents = all("input[data-amount]:checked:not(:disabled)", form)
        .reduce((sum, input) => sum + BigInt(input.dataset.amount.replace(".", "")), 0n);
      const text = cents.toString().padStart(3, "0");
      const whole = text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
      box.hidden = cents === 0n;
      form.querySelector("[data-sum]").textContent = `${whole}.${text.slice(-2)}`;
    };
    form.addEventListener("change", show);
    show();
  });

  // Nothing selected, no amount typed: there is nothing to continue with (B61).
  all("button[data-next]:not(:disabled)").forEach((button) => {
    const { form } = button;
    const show = () => {
      const typed = form.querySelector("input[name=amount]:not([type=hidden])");
      const chosen = "input[name=source]:is(:checked, [type=hidden]), input[name=month]:is(:checked, [type=hidden])";
      button.disabled = typed ? !typed.value.trim() : !form.querySelector(chosen);
    };
    form.addEventListener("change", show);
    form.addEventListener("input", show);
    show();
  });

  // Another type of invoice: the preview is asked for anew.
  all("input[data-update]").forEach((input) => {
    const button = input.form.querySelector("button[name=update]");
    if (button) input.addEventListener("change", () => input.form.requestSubmit(button));
  });

  // How many characters are used.
  all("[data-count]").forEach((counter) => {
    const field = document.getElementById(counter.dataset.count);
    field.addEventListener("input", () => { counter.textContent = [...field.value].length; });
  });

  // A submit button works once: the server would return the same application anyway.
  all("button[data-once]").forEach((button) => {
    button.form.addEventListener("submit", (event) => {
      if (event.submitter === button) setTimeout(() => { button.disabled = true; });
    });
  });
})();
