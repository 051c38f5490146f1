// What the panel's texts ask of a browser; to be imported before them.
Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] }, configurable: true });
Object.defineProperty(globalThis, "document", { value: { documentElement: { lang: "" } }, configurable: true });
