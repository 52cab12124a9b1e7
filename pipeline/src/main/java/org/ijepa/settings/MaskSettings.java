package org.ijepa.settings;

import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskRules.Cap;
import org.ijepa.mask.MaskRules.Cut;
import org.ijepa.mask.MaskRules.Draws;
import org.ijepa.mask.MaskRules.Places;

/** How masks are drawn. */
final class MaskSettings {
  private MaskSettings() {}

  private enum Mode {
    REFERENCE,
    CORRECTED
  }

  static MaskRules read(Section mask, int side) {
    boolean reference = mask.choice("mode", Mode.class) == Mode.REFERENCE;
    MaskRules preset = reference ? MaskRules.reference(side) : MaskRules.corrected(side);
    return new MaskRules(
        side,
        mask.integer("targets", 1),
        range(mask.range("target-scale", 1e-9, 1)),
        range(mask.range("target-aspect", 1e-3, 1e3)),
        range(mask.range("context-scale", 1e-9, 1)),
        mask.integer("min-keep", 0),
        mask.integer("group-size", 1),
        mask.optionalChoice("draws", Draws.class).orElse(preset.draws()),
        mask.optionalChoice("places", Places.class).orElse(preset.places()),
        mask.optionalChoice("cap", Cap.class).orElse(preset.cap()),
        mask.optionalChoice("cut", Cut.class).orElse(preset.cut()));
  }

  private static MaskRules.Range range(Section.Range range) {
    return new MaskRules.Range(range.from(), range.to());
  }
}
