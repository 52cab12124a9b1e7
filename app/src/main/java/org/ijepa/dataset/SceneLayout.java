package org.ijepa.dataset;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * Draws scenes whose objects can be counted: apart from each other, wholly in the picture, each
 * visible enough, and never two of one colour that touch in the picture. A layout that fails is
 * drawn anew with the same number of objects, so that each number stays equally likely.
 *
 * <p>Sizes span {@value #SIZE_RATIO} to 1, partly in common for all objects of a scene, so that few
 * large objects may cover as much of the picture as many small ones.
 */
final class SceneLayout {
  static final double SMALLEST = 0.3;
  static final double SIZE_RATIO = 3;

  /** Free space between the circles that two objects fill on the ground. */
  static final double GAP = 0.12;

  /** Visibility is judged with this many rays across the picture, whatever the picture's size. */
  static final int GRID = 96;

  /** Distance of two rays of the grid; the picture reaches from -1 to 1. */
  private static final double RAY = 2.0 / GRID;

  /** Fewest rays of the grid that must meet an object: about a disc of 6 pixels at 96 x 96. */
  static final int VISIBLE_RAYS = 28;

  /** Smallest part of an object's outline that others may leave visible. */
  static final double VISIBLE_PART = 0.4;

  private static final double HALF_WIDTH = 3.4;
  private static final double FRONT = -3.4;
  private static final double BACK = 4.6;
  private static final double FRAME = 0.98;
  private static final double COMMON_SIZE = 0.8;
  private static final int PLACES_TRIED = 60;
  private static final int LAYOUTS_TRIED = 4000;

  /** After this many failures the common size tends to the smallest, so that ten objects fit. */
  private static final double PATIENCE = 60;

  private static final List<SolidShape> SHAPES = List.of(SolidShape.values());
  private static final List<SolidMaterial> MATERIALS = List.of(SolidMaterial.values());
  private static final List<SolidColor> COLORS = List.of(SolidColor.values());

  private SceneLayout() {}

  /**
   * The scene of a key.
   *
   * @param minObjects at least 1
   * @param maxObjects at most 10
   */
  static Scene draw(RandomKey key, int minObjects, int maxObjects) {
    int count = minObjects + key.stream().nextInt(maxObjects - minObjects + 1);
    for (int attempt = 0; attempt < LAYOUTS_TRIED; attempt++) {
      Optional<Scene> scene = attempt(key.with(attempt).stream(), count, attempt);
      if (scene.isPresent() && countable(scene.get())) {
        return scene.get();
      }
    }
    throw new IllegalStateException(
        "no layout of " + count + " objects in " + LAYOUTS_TRIED + " tries for " + key);
  }

  private static Optional<Scene> attempt(KeyedRandom random, int count, int attempt) {
    Camera camera = camera(random);
    Vec light = light(random, camera);
    Vec ground = ground(random);
    double commonSize = commonSize(random, count) * Math.max(0, 1 - attempt / PATIENCE);
    List<Solid> solids = new ArrayList<>(count);
    List<Camera.Disc> discs = new ArrayList<>(count);
    while (solids.size() < count) {
      if (!place(random, camera, commonSize, solids, discs)) {
        return Optional.empty();
      }
    }
    return Optional.of(new Scene(camera, light, ground, solids));
  }

  /** Leans to large for few objects and to small for many, each over the whole range. */
  private static double commonSize(KeyedRandom random, int count) {
    return StrictMath.pow(random.nextDouble(), 0.4 + 0.2 * (count - 1));
  }

  private static Camera camera(KeyedRandom random) {
    double distance = between(random, 9.4, 11.4);
    double elevation = between(random, 0.48, 0.66);
    double azimuth = between(random, -0.12, 0.12);
    double level = distance * StrictMath.cos(elevation);
    Vec eye =
        new Vec(
            level * StrictMath.sin(azimuth),
            -level * StrictMath.cos(azimuth),
            distance * StrictMath.sin(elevation));
    Vec target = new Vec(between(random, -0.2, 0.2), between(random, -0.2, 0.2), 0.35);
    return Camera.lookingAt(eye, target, between(random, 0.33, 0.36));
  }

  /** A lamp above, from the front or the side, so that faces that the camera sees are lit. */
  private static Vec light(KeyedRandom random, Camera camera) {
    double side = random.nextInt(2) == 0 ? -1 : 1;
    Vec toEye = new Vec(camera.eye().x(), camera.eye().y(), 0).unit();
    return toEye
        .times(between(random, 1.0, 4.5))
        .plus(camera.right().times(side * between(random, 3, 6)))
        .plus(new Vec(0, 0, between(random, 7, 9)));
  }

  private static Vec ground(KeyedRandom random) {
    double grey = between(random, 0.30, 0.44);
    double warmth = between(random, -0.03, 0.03);
    return new Vec(grey * (1 + warmth), grey, grey * (1 - warmth));
  }

  private static boolean place(
      KeyedRandom random,
      Camera camera,
      double commonSize,
      List<Solid> solids,
      List<Camera.Disc> discs) {
    SolidShape shape = pick(random, SHAPES);
    SolidMaterial material = pick(random, MATERIALS);
    double size = COMMON_SIZE * commonSize + (1 - COMMON_SIZE) * random.nextDouble();
    double radius = SMALLEST * StrictMath.pow(SIZE_RATIO, size);
    double turn = random.nextDouble() * Math.PI / 2;
    for (int i = 0; i < PLACES_TRIED; i++) {
      double x = between(random, -HALF_WIDTH, HALF_WIDTH);
      double y = between(random, FRONT, BACK);
      SolidColor any = pick(random, COLORS);
      Solid solid =
          new Solid(shape, any, material, x, y, radius, StrictMath.cos(turn), StrictMath.sin(turn));
      Camera.Disc disc = camera.disc(solid.centre(), solid.boundingRadius());
      if (inFrame(disc) && apart(solid, solids) && !touchesSameColor(solid, disc, solids, discs)) {
        solids.add(solid);
        discs.add(disc);
        return true;
      }
    }
    return false;
  }

  private static boolean inFrame(Camera.Disc disc) {
    return Math.abs(disc.u()) + disc.radius() <= FRAME
        && Math.abs(disc.v()) + disc.radius() <= FRAME;
  }

  private static boolean apart(Solid solid, List<Solid> others) {
    for (Solid other : others) {
      double dx = solid.x() - other.x();
      double dy = solid.y() - other.y();
      double least = solid.radius() + other.radius() + GAP;
      if (dx * dx + dy * dy < least * least) {
        return false;
      }
    }
    return true;
  }

  private static boolean touchesSameColor(
      Solid solid, Camera.Disc disc, List<Solid> others, List<Camera.Disc> discs) {
    // Discs a ray apart would still lie side by side in the picture.
    Camera.Disc wider = new Camera.Disc(disc.u(), disc.v(), disc.radius() + 2 * RAY);
    Set<SolidColor> near = EnumSet.noneOf(SolidColor.class);
    for (int i = 0; i < others.size(); i++) {
      if (wider.meets(discs.get(i))) {
        near.add(others.get(i).color());
      }
    }
    return near.contains(solid.color());
  }

  private static boolean countable(Scene scene) {
    return new Visibility(scene, GRID).allAtLeast(VISIBLE_RAYS, VISIBLE_PART);
  }

  private static double between(KeyedRandom random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  private static <T> T pick(KeyedRandom random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
