package org.ijepa.dataset;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/**
 * The labels of a picture, as they stand in {@code scenes.json}. Numbers are rounded to {@value
 * #DECIMALS} decimals.
 *
 * @param index the scene's index in the data set of its seed
 * @param filename file name of the picture
 * @param nearest the least depth of an object: of its centre, along the camera's optical axis, in
 *     scene units (what CLEVR's third pixel coordinate is)
 */
@JsonPropertyOrder({"image_index", "image_filename", "objects", "nearest"})
record LabelledScene(
    @JsonProperty("image_index") int index,
    @JsonProperty("image_filename") String filename,
    @JsonProperty("objects") List<LabelledObject> objects,
    @JsonProperty("nearest") BigDecimal nearest) {
  private static final int DECIMALS = 4;

  LabelledScene {
    objects = List.copyOf(objects);
  }

  /** The labels of a scene in a picture of this width, pixels. */
  static LabelledScene of(Scene scene, int index, String filename, int size) {
    List<LabelledObject> objects =
        scene.solids().stream().map(solid -> object(scene.camera(), solid, size)).toList();
    BigDecimal nearest =
        objects.stream()
            .map(object -> object.pixelCoords().get(2))
            .min(BigDecimal::compareTo)
            .orElseThrow();
    return new LabelledScene(index, filename, objects, nearest);
  }

  private static LabelledObject object(Camera camera, Solid solid, int size) {
    Vec centre = solid.centre();
    double column = (camera.u(centre) + 1) / 2 * size;
    double row = (1 - camera.v(centre)) / 2 * size;
    return new LabelledObject(
        solid.shape().label(),
        solid.color().label(),
        solid.material().label(),
        List.of(rounded(centre.x()), rounded(centre.y()), rounded(centre.z())),
        List.of(rounded(column), rounded(row), rounded(camera.depth(centre))),
        rounded(solid.radius()));
  }

  private static BigDecimal rounded(double value) {
    return new BigDecimal(value).setScale(DECIMALS, RoundingMode.HALF_EVEN);
  }

  /**
   * The labels of an object.
   *
   * @param coords its centre, scene units; the ground is z = 0
   * @param pixelCoords its centre in the picture: column and row from the top left corner, pixels,
   *     then its depth along the optical axis, scene units
   * @param radius of the circle that it fills on the ground, scene units
   */
  @JsonPropertyOrder({"shape", "color", "material", "3d_coords", "pixel_coords", "radius"})
  record LabelledObject(
      @JsonProperty("shape") String shape,
      @JsonProperty("color") String color,
      @JsonProperty("material") String material,
      @JsonProperty("3d_coords") List<BigDecimal> coords,
      @JsonProperty("pixel_coords") List<BigDecimal> pixelCoords,
      @JsonProperty("radius") BigDecimal radius) {
    LabelledObject {
      coords = List.copyOf(coords);
      pixelCoords = List.copyOf(pixelCoords);
    }
  }
}
