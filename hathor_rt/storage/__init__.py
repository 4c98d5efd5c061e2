"""What the service needs kept (`ports`), and the engines that keep it (`sql`, `memory`)."""
