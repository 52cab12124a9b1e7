package org.ijepa.decode;

/** How an image says its colours, as far as it decides which codec is asked. */
enum Inks {
  /** Grey or colours of light. */
  NONE,
  /** Four inks, stored inverted, as Adobe's marker says. */
  INVERTED,
  /** Four inks without that marker: taken as they are. */
  PLAIN
}
