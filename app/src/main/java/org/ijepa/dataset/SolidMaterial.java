package org.ijepa.dataset;

import java.util.Locale;

/** How a surface answers light. */
enum SolidMaterial {
  MATTE,
  SHINY;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
