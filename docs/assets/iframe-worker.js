// Browsers start no worker for a page that is opened from a folder (file://). The search of the site
// runs in one: here it runs in a hidden frame with the same interface, so that it needs no server.
(() => {
  if (location.protocol !== "file:") return;

  const inFrame = `
    window.postMessage = (data) => parent.dispatchEvent(new MessageEvent("frame", {data}));
    window.importScripts = (...urls) => urls.reduce(
      (before, url) => before.then(() => new Promise((loaded, failed) => {
        const script = Object.assign(document.createElement("script"), {src: url});
        script.onload = loaded;
        script.onerror = failed;
        document.body.append(script);
      })), Promise.resolve());`;

  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const inner = this.frame.contentWindow;
      this.receive = (event) => {
        const answer = new MessageEvent("message", {data: event.data});
        this.dispatchEvent(answer);
        if (this.onmessage) this.onmessage(answer);
      };
      addEventListener("frame", this.receive);
      this.loaded = new Promise((resolve) => {
        inner.document.open();
        const script = new URL(url, location).href;  // what it imports is relative to it
        inner.document.write(
          `<html><head><base href="${script}"></head><body><script>${inFrame}</` +
            `script><script src="${script}"></` + "script></body></html>");
        inner.document.close();
        this.frame.onload = resolve;
      });
      this.inner = inner;
    }
    postMessage(data) {
      this.loaded.then(() => this.inner.dispatchEvent(new this.inner.MessageEvent("message", {data})));
    }
    terminate() {
      removeEventListener("frame", this.receive);
      this.frame.remove();
    }
  };
})();
