// Lets the chat page open without a connection: the page and its files as they were last seen. Messages wait in the page.
const STORE = "kastor-chat-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) if (name.startsWith("kastor-chat-") && name !== STORE) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

/** What is kept for later: the page without anybody's conversation in it, and files that are the same for everybody. */
function key(request) {
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || request.method !== "GET") return null;
  // whatever page of the chat is asked for, only the empty chat itself is kept: others may show what is somebody's own
  const chat = url.pathname.split("/", 3).join("/");
  if (request.mode === "navigate") return `${chat}?offline=1&language=${url.searchParams.get("language") || "de"}`;
  return url.pathname.startsWith("/assets/") || url.pathname.endsWith("chat_theme.js") ? url.pathname : null;
}

async function answer(request, stored) {
  const cache = await caches.open(STORE);
  if (request.mode !== "navigate") {
    const known = await cache.match(stored);
    if (known) return known;
    const fresh = await fetch(request);
    if (fresh.ok) await cache.put(stored, fresh.clone());
    return fresh;
  }
  try {
    const fresh = await fetch(request);
    // the shell is asked for by itself, so that nothing anybody wrote is kept here
    if (fresh.ok) void fetch(stored, { credentials: "omit" }).then((shell) => shell.ok && cache.put(stored, shell));
    return fresh;
  } catch (error) {
    const known = await cache.match(stored);
    if (known) return known;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const stored = key(event.request);
  if (stored) event.respondWith(answer(event.request, stored));
});
