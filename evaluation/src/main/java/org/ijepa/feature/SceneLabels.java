package org.ijepa.feature;

import akka.util.ByteString;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.source.SampleIndex;

/**
 * How many objects a scene has and how near the nearest is, from a file in CLEVR's layout (Johnson
 * et al., CVPR 2017): {@code scenes}, each with {@code image_filename} and {@code objects}, whose
 * {@code pixel_coords} are column, row and depth.
 */
public final class SceneLabels {
  private static final int DEPTH = 2;

  private final Map<String, Scene> byFile;

  /**
   * One scene.
   *
   * @param count objects
   * @param nearest the least depth of an object, scene units; NaN in an empty scene
   */
  public record Scene(int count, double nearest) {}

  private SceneLabels(Map<String, Scene> byFile) {
    this.byFile = byFile;
  }

  /**
   * Reads a file scene by scene.
   *
   * @param name of the file, for messages
   * @throws Failure if it is not in that layout
   */
  public static SceneLabels parse(ByteString file, String name) {
    Map<String, Scene> byFile = new HashMap<>();
    try (JsonParser json = new JsonFactory().createParser(file.toArrayUnsafe())) {
      json.setCodec(new ObjectMapper());
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.FIELD_NAME) {
          boolean scenes = json.currentName().equals("scenes");
          JsonToken value = json.nextToken();
          if (!scenes) {
            json.skipChildren();
          } else if (value == JsonToken.START_ARRAY) {
            while (json.nextToken() == JsonToken.START_OBJECT) {
              JsonNode scene = json.readValueAsTree();
              String image = scene.path("image_filename").asText();
              Scene known = scene(scene, name);
              Scene before = byFile.put(image, known);
              if (before != null && !before.equals(known)) {
                throw bad(name + " has two different scenes of " + image);
              }
            }
          }
        }
      }
    } catch (IOException e) {
      throw bad(name + " cannot be read as JSON: " + e.getMessage().lines().findFirst().orElse(""));
    }
    if (byFile.isEmpty()) {
      throw bad(name + " has no scenes");
    }
    return new SceneLabels(byFile);
  }

  private static Scene scene(JsonNode scene, String name) {
    String image = scene.path("image_filename").asText();
    if (image.isEmpty() || !scene.path("objects").isArray()) {
      throw bad(name + " has a scene without image_filename or objects");
    }
    double nearest = Double.NaN;
    for (JsonNode object : scene.path("objects")) {
      JsonNode depth = object.path("pixel_coords").path(DEPTH);
      if (!depth.isNumber()) {
        throw bad(name + " has no depth in pixel_coords of an object of " + image);
      }
      nearest = Double.isNaN(nearest) ? depth.asDouble() : Math.min(nearest, depth.asDouble());
    }
    return new Scene(scene.path("objects").size(), nearest);
  }

  /**
   * The scenes of samples, by the names of their files.
   *
   * @throws Failure if some have none
   */
  public Scene[] of(SampleIndex index, long[] samples) {
    Scene[] scenes = new Scene[samples.length];
    Map<String, String> taken = new HashMap<>();
    int missing = 0;
    String first = "";
    for (int i = 0; i < samples.length; i++) {
      String name = index.name(samples[i]);
      String file = name.substring(name.lastIndexOf('/') + 1);
      scenes[i] = byFile.get(file);
      String other = taken.put(file, name);
      if (other != null) {
        throw bad("two images are called " + file + ", which scenes go by: " + other + ", " + name);
      }
      if (scenes[i] == null) {
        first = missing++ == 0 ? index.key(samples[i]) : first;
      }
    }
    if (missing > 0) {
      throw bad(missing + " of " + samples.length + " images have no scene, the first is " + first);
    }
    return scenes;
  }

  private static Failure bad(String message) {
    return new Failure(
        ExitCode.BAD_DATA, message, "give images with labels.csv or scenes in CLEVR's layout");
  }
}
