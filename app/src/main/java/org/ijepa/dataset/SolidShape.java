package org.ijepa.dataset;

import java.util.Locale;

/** What a solid is; each stands on the ground inside a vertical cylinder of its radius. */
enum SolidShape {
  SPHERE,
  BOX,
  CYLINDER;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
