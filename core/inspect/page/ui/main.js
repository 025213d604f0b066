"use strict";
globalThis.Reel = {};
