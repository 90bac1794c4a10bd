"""Headless Chromium over its DevTools pipe: open a page, run a script, take a picture."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

PROGRAM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


class Browser:
    """One page of one browser, without network but this machine's."""

    def __init__(self, width: int = 1000, height: int = 900) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        asked, self._ask = os.pipe()
        self._answers, answered = os.pipe()
        descriptors = {3: asked, 4: answered}
        redirect = " ".join(
            f"{to}<&{fd}" if to == 3 else f"{to}>&{fd}" for to, fd in descriptors.items()
        )
        options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
            "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
            f"--user-data-dir={self._profile.name}", f"--window-size={width},{height}",
            "about:blank",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$0" "$@" {redirect}', str(PROGRAM), *options],
            pass_fds=(asked, answered),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(asked)
        os.close(answered)
        self._waiting = b""
        self._number = 0
        self._session: str | None = None
        pages = self.send("Target.getTargets")["targetInfos"]
        page = next(info["targetId"] for info in pages if info["type"] == "page")
        attached = self.send("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._ask)
        self._process.kill()
        self._process.wait()
        os.close(self._answers)
        self._profile.cleanup()

    def send(self, method: str, **parameters: Any) -> Any:
        """Send a command of the DevTools protocol and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._ask, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(answer["error"]["message"])
                return answer["result"]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            piece = os.read(self._answers, 1 << 20)
            if not piece:
                raise RuntimeError("the browser has ended")
            self._waiting += piece
        line, _, self._waiting = self._waiting.partition(b"\0")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def open(self, url: str) -> None:
        """Load a page and wait until its scripts have run."""
        self.send("Page.navigate", url=url)
        is_there = f"location.href.startsWith({json.dumps(url)})"
        self.wait_for(f"document.readyState === 'complete' && {is_there}")

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page, wait for its promise, and return its value."""
        result = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"])[:500])
        return result["result"].get("value")

    def wait_for(self, condition: str, seconds: float = 20.0) -> None:
        """Wait until an expression is true in the page; raises `RuntimeError` if it stays false."""
        self.run(
            "new Promise((done, fail) => { const end = Date.now() + " + str(seconds * 1000) + ";"
            f"const wait = () => ({condition}) ? done(1) : Date.now() > end"
            f" ? fail({json.dumps(condition)}) : setTimeout(wait, 20); wait() }})"
        )

    def resize(self, width: int, height: int, phone: bool = False) -> None:
        """Show the page in a window of this size, or on a phone."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone,
        )  # fmt: skip

    def press(self, key: str, text: str = "") -> None:
        """Press a key and let it go: `Tab`, `Enter`, or one that writes a text."""
        code = {"Tab": 9, "Enter": 13, " ": 32}.get(key, 0)
        text = text or {"Enter": "\r", " ": " "}.get(key, "")
        pressed = {"key": key, "windowsVirtualKeyCode": code}
        written = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self.send("Input.dispatchKeyEvent", **pressed, **written)
        self.send("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def write(self, text: str) -> None:
        """Write a text where the cursor is."""
        self.send("Input.insertText", text=text)

    def picture(self, path: Path, dark: bool = False, media: str = "") -> None:
        """Write a PNG of the whole page, in a colour scheme, as on screen or as printed."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media=media, features=[scheme])
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {**{side: size[side] for side in ("x", "y", "width", "height")}, "scale": 1}
        taken = self.send("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(taken["data"]))
