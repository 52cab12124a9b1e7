package org.ijepa.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.optimization.Schedules;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.safetensors.SafetensorsFile;
import org.ijepa.vit.Geometry;

/**
 * A recorded case: a folder with {@code trajectory.json}, {@code initial.safetensors}, {@code
 * step0.safetensors} and {@code after.safetensors}.
 *
 * @param batches different batches, used in turn by the steps
 * @param groups mask groups of each batch; a step's loss is the mean of its groups' losses
 */
record ParityCase(
    Path folder,
    Geometry geometry,
    Schedules schedules,
    Betas betas,
    int batches,
    int groups,
    List<RecordedStep> steps) {

  /** What was recorded of one step. */
  record RecordedStep(
      int batch,
      double loss,
      double gradientNorm,
      double learningRate,
      double weightDecay,
      double emaMomentum) {}

  static ParityCase read(Path folder) throws IOException {
    Path file = folder.resolve("trajectory.json");
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          folder
              + ": no recorded case here; give the folder that holds trajectory.json, such as trainer/src/test/resources/golden/plain");
    }
    JsonNode root = new ObjectMapper().readTree(file.toFile());
    JsonNode recipe = required(root, "recipe", file);
    JsonNode adam = required(recipe, "adam", file);
    int batches = integer(root, "batches", file);
    List<RecordedStep> steps = new ArrayList<>();
    for (JsonNode step : required(root, "steps", file)) {
      int batch = integer(step, "batch", file);
      if (batch < 0 || batch >= batches) {
        throw new IOException(file + ": batch " + batch + " of " + batches);
      }
      steps.add(
          new RecordedStep(
              batch,
              number(step, "loss", file),
              number(step, "grad_norm", file),
              number(step, "lr", file),
              number(step, "weight_decay", file),
              number(step, "ema", file)));
    }
    if (steps.isEmpty()) {
      throw new IOException(file + ": no steps");
    }
    return new ParityCase(
        folder,
        geometry(root, folder, file),
        schedules(recipe, file),
        new Betas(
            number(adam, "beta1", file), number(adam, "beta2", file), number(adam, "eps", file)),
        batches,
        integer(root, "groups", file),
        steps);
  }

  /** Sizes as stated, MLP widths and channels as the recorded weights have them. */
  private static Geometry geometry(JsonNode root, Path folder, Path file) throws IOException {
    JsonNode g = required(root, "geometry", file);
    try (SafetensorsFile initial = SafetensorsFile.open(folder.resolve("initial.safetensors"))) {
      int hidden = rows(initial, "encoder.blocks.0.mlp.fc1.weight");
      int predictorHidden = rows(initial, "predictor.predictor_blocks.0.mlp.fc1.weight");
      int channels = initial.shape("encoder.patch_embed.proj.weight").get(1).intValue();
      int heads = integer(g, "heads", file);
      return new Geometry(
          integer(g, "image_size", file),
          integer(g, "patch_size", file),
          channels,
          integer(g, "width", file),
          integer(g, "depth", file),
          heads,
          hidden,
          integer(g, "predictor_width", file),
          integer(g, "predictor_depth", file),
          g.path("predictor_heads").asInt(heads),
          predictorHidden,
          number(g, "norm_eps", file),
          number(g, "target_norm_eps", file));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static int rows(SafetensorsFile tensors, String name) throws IOException {
    return tensors.shape(name).get(0).intValue();
  }

  private static Schedules schedules(JsonNode recipe, Path file) throws IOException {
    double stepsPerEpoch = number(recipe, "steps_per_epoch", file);
    JsonNode ema = required(recipe, "ema", file);
    return new Schedules(
        (long) Math.floor(number(recipe, "warmup_epochs", file) * stepsPerEpoch),
        number(recipe, "ipe_scale", file) * number(recipe, "epochs", file) * stepsPerEpoch,
        number(recipe, "start_lr", file),
        number(recipe, "lr", file),
        number(recipe, "final_lr", file),
        number(recipe, "weight_decay", file),
        number(recipe, "final_weight_decay", file),
        ema.path(0).asDouble(),
        ema.path(1).asDouble());
  }

  private static JsonNode required(JsonNode node, String key, Path file) throws IOException {
    JsonNode value = node.get(key);
    if (value == null) {
      throw new IOException(file + ": no " + key);
    }
    return value;
  }

  private static int integer(JsonNode node, String key, Path file) throws IOException {
    return (int) number(node, key, file);
  }

  private static double number(JsonNode node, String key, Path file) throws IOException {
    JsonNode value = required(node, key, file);
    if (!value.isNumber()) {
      throw new IOException(file + ": " + key + " is " + value + ", not a number");
    }
    return value.asDouble();
  }
}
