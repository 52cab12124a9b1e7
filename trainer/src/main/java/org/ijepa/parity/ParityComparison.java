package org.ijepa.parity;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.util.List;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.parity.ParityCase.RecordedStep;
import org.ijepa.parity.ParityReport.Worst;
import org.ijepa.replica.Replica;
import org.ijepa.safetensors.SafetensorsFile;
import org.ijepa.vit.Layout;
import org.ijepa.vit.Parameter;
import org.ijepa.vit.Parameter.Network;
import org.ijepa.vit.Positions;

/**
 * Compares a replay with its record. The tolerances are those that a float32 implementation of the
 * same computation meets, measured against the same computation in float64: a wrong epsilon, order
 * or decay group is several times above them.
 */
final class ParityComparison {
  private static final double LOSS = 2e-6;
  private static final double GRADIENT = 1e-5;
  private static final double CHANGE = 0.03;
  private static final double SCHEDULE = 1e-12;
  private static final double POSITION = 1e-6;

  /** Fixed tables that the record's target encoder averaged with themselves collect rounding. */
  private static final double POSITION_DRIFT = 1e-5;

  private final ParityCase recorded;
  private final Worst losses = new Worst("loss, relative", LOSS);
  private final Worst norms = new Worst("gradient norm, relative", GRADIENT);
  private final Worst rates = new Worst("learning rate, relative", SCHEDULE);
  private final Worst decays = new Worst("weight decay, relative", SCHEDULE);
  private final Worst momenta = new Worst("EMA momentum, relative", SCHEDULE);
  private final Worst activations = new Worst("activations of step 0, of largest", GRADIENT);
  private final Worst gradients = new Worst("gradients of step 0, of largest", GRADIENT);
  private final Worst changes = new Worst("weights after, of largest change", CHANGE);
  private final Worst positions = new Worst("position embeddings, absolute", POSITION);
  private final Worst drift = new Worst("position embeddings after, absolute", POSITION_DRIFT);

  ParityComparison(ParityCase recorded) {
    this.recorded = recorded;
    for (int k = 0; k < recorded.steps().size(); k++) {
      RecordedStep step = recorded.steps().get(k);
      String at = "step " + k;
      rates.see(relative(recorded.schedules().learningRate(k), step.learningRate()), at);
      decays.see(relative(recorded.schedules().weightDecay(k), step.weightDecay()), at);
      momenta.see(relative(recorded.schedules().emaMomentum(k), step.emaMomentum()), at);
    }
  }

  ParityReport report() {
    ParityReport report = new ParityReport();
    List.of(
            losses,
            norms,
            rates,
            decays,
            momenta,
            activations,
            gradients,
            changes,
            positions,
            drift)
        .forEach(report::add);
    return report;
  }

  private static double relative(double value, double expected) {
    return Math.abs(value - expected) / Math.abs(expected);
  }

  void step(int k, double loss) {
    losses.see(relative(loss, recorded.steps().get(k).loss()), "step " + k);
  }

  /** Norm of the summed gradient of step k; in step 0 every tensor of it. */
  void gradient(int k, Replica replica) throws IOException {
    norms.see(
        relative(replica.gradientNorm(), recorded.steps().get(k).gradientNorm()), "step " + k);
    if (k > 0) {
      return;
    }
    try (SafetensorsFile file = step0()) {
      for (Parameter parameter : replica.state().layout().parameters()) {
        String name = "grad." + parameter.qualifiedName();
        float[] expected = expected(file, name, parameter);
        float[] found = slice(replica.gradient(), parameter.offset(), expected.length);
        gradients.see(largestDifference(found, expected) / largest(expected), name);
      }
    }
  }

  /** What micro-batch [first, first + B) of a group of {@code size} computed in step 0. */
  synchronized void activations(int group, int first, int size, Replica.Outcome outcome)
      throws IOException {
    try (SafetensorsFile file = step0()) {
      part(file, group + ".context", 1, first, size, outcome.context());
      int blocks = (int) (file.shape(group + ".prediction").get(0) / size);
      part(file, group + ".prediction", blocks, first, size, outcome.prediction());
      part(file, group + ".target", blocks, first, size, outcome.target());
    }
  }

  private void part(
      SafetensorsFile file, String name, int blocks, int first, int size, NDArray found)
      throws IOException {
    float[] expected = file.floats(name);
    float[] values = found.stopGradient().toFloatArray();
    int row = expected.length / blocks / size;
    int count = values.length / blocks / row;
    double largest = largest(expected);
    double worst = 0;
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < count * row; i++) {
        float want = expected[(block * size + first) * row + i];
        worst = Math.max(worst, Math.abs((double) values[block * count * row + i] - want));
      }
    }
    activations.see(worst / largest, name);
  }

  /** Changes of all weights over the whole trajectory, and the position embeddings. */
  void weights(Replica replica, SafetensorsFile initial) throws IOException {
    Layout layout = replica.state().layout();
    try (SafetensorsFile after =
        SafetensorsFile.open(recorded.folder().resolve("after.safetensors"))) {
      for (Parameter parameter : layout.parameters()) {
        change(
            parameter.qualifiedName(),
            parameter,
            replica.state().weights(),
            parameter.offset(),
            initial,
            after);
        if (parameter.network() == Network.ENCODER) {
          change(
              "target_encoder." + parameter.name(),
              parameter,
              replica.state().target(),
              layout.targetOffset(parameter),
              initial,
              after);
        }
      }
      int side = recorded.geometry().side();
      float[] table = Positions.table(recorded.geometry().width(), side);
      float[] small = Positions.table(recorded.geometry().predictorWidth(), side);
      positions(initial, after, "encoder.pos_embed", table);
      positions(initial, after, "target_encoder.pos_embed", table);
      positions(initial, after, "predictor.predictor_pos_embed", small);
    }
  }

  private void change(
      String name,
      Parameter parameter,
      FlatTensor found,
      long offset,
      SafetensorsFile initial,
      SafetensorsFile after)
      throws IOException {
    float[] before = expected(initial, name, parameter);
    float[] expected = expected(after, name, parameter);
    float[] values = slice(found, offset, expected.length);
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs((double) expected[i] - before[i]));
    }
    changes.see(largestDifference(values, expected) / largest, name);
  }

  private void positions(SafetensorsFile initial, SafetensorsFile after, String name, float[] table)
      throws IOException {
    positions.see(largestDifference(table, initial.floats(name)), name);
    if (after.entries().containsKey(name)) {
      drift.see(largestDifference(table, after.floats(name)), name);
    } else {
      drift.see(0, "not recorded");
    }
  }

  private SafetensorsFile step0() throws IOException {
    return SafetensorsFile.open(recorded.folder().resolve("step0.safetensors"));
  }

  private static float[] expected(SafetensorsFile file, String name, Parameter parameter)
      throws IOException {
    if (!file.shape(name).equals(parameter.shape())) {
      throw new IOException(
          name + " is recorded as " + file.shape(name) + ", the model has " + parameter.shape());
    }
    return file.floats(name);
  }

  private static float[] slice(FlatTensor tensor, long offset, int count) {
    float[] values = new float[count];
    tensor.read(
        offset, count, (at, window) -> window.get(values, (int) (at - offset), window.remaining()));
    return values;
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static double largestDifference(float[] values, float[] expected) {
    if (values.length != expected.length) {
      return Double.NaN;
    }
    double largest = 0;
    for (int i = 0; i < values.length; i++) {
      largest = Math.max(largest, Math.abs((double) values[i] - expected[i]));
    }
    return largest;
  }
}
