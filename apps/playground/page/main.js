"use strict";
// Starts the playground: the data, and a network that waits to be trained.
{
  const { playground } = Reel;

  const start = async () => {
    await playground.ask({ ask: "language", tag: Reel.language });
    await playground.startData();
    await playground.startNetwork();
    document.documentElement.dataset.ready = "true";
  };

  start().catch((error) => {
    document.getElementById("summary").textContent = Reel.text(
      "The playground cannot start: {0}. It wants a browser with WebAssembly's SIMD and exceptions, of 2022 or later.",
      error.message,
    );
  });
}
