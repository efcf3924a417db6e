// Passkeys: asks the server what to ask, the browser to ask it, and sends the answer with a form.
// <form data-passkey="get|create" data-options="address">
(() => {
  const bytes = (text) => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (one) => one.charCodeAt(0));
  };

  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const descriptors = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  // What is base64url in JSON is bytes for the browser.
  const asked = (options) => {
    const key = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
    if (key.user) key.user = { ...key.user, id: bytes(key.user.id) };
    if (key.excludeCredentials) key.excludeCredentials = descriptors(key.excludeCredentials);
    if (key.allowCredentials) key.allowCredentials = descriptors(key.allowCredentials);
    return { publicKey: key };
  };

  const answered = (credential) => {
    const { response } = credential;
    const said = { clientDataJSON: text(response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[part]) said[part] = text(response[part]);
    }
    if (response.getTransports) said.transports = response.getTransports();
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: said,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  };

  const isAddress = (host) => /^[\d.]+$/.test(host) || host.includes(":") || host.startsWith("[");

  // Browsers know passkeys by a site's name, and only where nobody can listen.
  const isPossible = () =>
    Boolean(window.PublicKeyCredential) && window.isSecureContext && !isAddress(location.hostname);

  const tell = (form, words) => {
    const place = form.querySelector("[data-passkey-said]");
    if (place) place.textContent = words;
  };

  const run = async (form) => {
    const reply = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
    if (!reply.ok || reply.redirected) throw new Error("no options");
    const options = asked(await reply.json());
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create(options)
      : await navigator.credentials.get(options);
    form.elements.credential.value = JSON.stringify(answered(credential));
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button");
    if (!isPossible()) {
      button.disabled = true;
      tell(form, "Passkeys work only where this site is opened by its name over https.");
      continue;
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      tell(form, "");
      try {
        await run(form);
      } catch (error) {
        button.disabled = false;
        tell(form, error.name === "InvalidStateError"
          ? "This passkey is added already."
          : "No passkey was used. Try again.");
      }
    });
  }
})();
