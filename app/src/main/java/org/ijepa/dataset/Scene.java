package org.ijepa.dataset;

import java.util.List;

/**
 * All that a picture shows.
 *
 * @param light the middle of the lamp, scene units
 * @param ground the ground's albedo
 */
record Scene(Camera camera, Vec light, Vec ground, List<Solid> solids) {
  Scene {
    solids = List.copyOf(solids);
  }
}
