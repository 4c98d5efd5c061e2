"""How far apart two real browsers sound: PulseAudio, Chromium and the product as a user runs it, judged by their samples."""
