package org.ijepa.interchange;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ijepa.checkpoint.TensorFiles;
import org.ijepa.safetensors.SafetensorsWriter;
import org.ijepa.safetensors.SafetensorsWriter.Sink;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Layout;
import org.ijepa.vit.Parameter;
import org.ijepa.vit.Parameter.Network;
import org.ijepa.vit.Positions;

/** A {@code .pth.tar} of the published code, as the files of a checkpoint of ours. */
public final class PublishedCheckpoint implements AutoCloseable {
  /** How far a position table may be off: the published target's has drifted by rounding. */
  private static final float POSITIONS_WITHIN = 1e-2f;

  private final Path path;
  private final TorchFile file;
  private final Map<String, Map<String, TorchTensor>> networks = new HashMap<>();
  private final Map<String, Map<String, TorchTensor>> moments = new HashMap<>();
  private final Map<?, ?> root;
  private long updates;

  /**
   * Sizes that the tensors' shapes tell; the numbers of heads they do not.
   *
   * @param hidden width of the encoder's MLP
   */
  public record Sizes(
      int imageSize,
      int patchSize,
      int channels,
      int width,
      int depth,
      int hidden,
      int predictorWidth,
      int predictorDepth,
      int predictorHidden) {}

  private PublishedCheckpoint(Path path, TorchFile file) {
    this.path = path;
    this.file = file;
    root = file.root() instanceof Map<?, ?> map ? map : Map.of();
  }

  /**
   * Opens a file; its elements are read when its files are written.
   *
   * @throws IOException in one line what is wrong with the file
   */
  public static PublishedCheckpoint open(Path path) throws IOException {
    PublishedCheckpoint opened = new PublishedCheckpoint(path, TorchFile.open(path));
    try {
      for (String network : List.of("encoder", "predictor", "target_encoder")) {
        opened.networks.put(network, opened.tensors(network));
      }
      opened.readOptimizer();
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private IOException bad(String what) {
    return new IOException(path + " is no checkpoint of the published code: " + what);
  }

  private Map<String, TorchTensor> tensors(String network) throws IOException {
    if (!(root.get(network) instanceof Map<?, ?> entries)) {
      throw bad("it has no " + network);
    }
    Map<String, TorchTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : entries.entrySet()) {
      String name = String.valueOf(entry.getKey()).replaceFirst("^(module\\.)+", "");
      if (!(entry.getValue() instanceof TorchTensor tensor)) {
        throw bad(network + "." + name + " is no tensor");
      }
      file.check(tensor);
      tensors.put(name, tensor);
    }
    return tensors;
  }

  /** What no tensor tells, where an export of ours tells it. */
  public Optional<ModelNotes> notes() {
    return ModelNotes.read(root.get(ModelNotes.KEY));
  }

  /** Number of finished epochs, or 0. */
  public long epochs() {
    return (long) number("epoch", 0);
  }

  /** Loss of the last epoch, or NaN. */
  public double loss() {
    return number("loss", Double.NaN);
  }

  /** Images a step of one GPU, or 0. */
  public int batchSize() {
    return (int) number("batch_size", 0);
  }

  /** GPUs, or 0. */
  public int worldSize() {
    return (int) number("world_size", 0);
  }

  /** Updates that the optimizer has made; 0 if the file has no state of it. */
  public long updates() {
    return updates;
  }

  private double number(String key, double otherwise) {
    return root.get(key) instanceof Number number ? number.doubleValue() : otherwise;
  }

  /**
   * The networks' sizes.
   *
   * @throws IOException if tensors that tell them are not there
   */
  public Sizes sizes() throws IOException {
    List<Long> patch = shape("encoder", "patch_embed.proj.weight", 4);
    List<Long> positions = shape("encoder", "pos_embed", 3);
    List<Long> hidden = shape("encoder", "blocks.0.mlp.fc1.weight", 2);
    List<Long> predictor = shape("predictor", "predictor_embed.weight", 2);
    List<Long> predictorHidden = shape("predictor", "predictor_blocks.0.mlp.fc1.weight", 2);
    long side = Math.round(Math.sqrt(positions.get(1)));
    if (side * side != positions.get(1)) {
      throw bad("its " + positions.get(1) + " patches are no square");
    }
    return new Sizes(
        Math.toIntExact(side * patch.get(2)),
        Math.toIntExact(patch.get(2)),
        Math.toIntExact(patch.get(1)),
        Math.toIntExact(patch.get(0)),
        blocks("encoder", "blocks."),
        Math.toIntExact(hidden.get(0)),
        Math.toIntExact(predictor.get(0)),
        blocks("predictor", "predictor_blocks."),
        Math.toIntExact(predictorHidden.get(0)));
  }

  private List<Long> shape(String network, String name, int rank) throws IOException {
    TorchTensor tensor = networks.get(network).get(name);
    if (tensor == null || tensor.shape().size() != rank) {
      throw bad(network + "." + name + " is missing or of another rank");
    }
    return tensor.shape();
  }

  private int blocks(String network, String prefix) {
    return (int)
        networks.get(network).keySet().stream()
            .filter(name -> name.startsWith(prefix) && name.endsWith(".norm1.weight"))
            .count();
  }

  /**
   * The four files of a checkpoint, by name, ready to be written.
   *
   * @throws IOException if tensors are missing, of another shape, or nobody's
   */
  public Map<String, SafetensorsWriter> files(Geometry geometry) throws IOException {
    Map<String, SafetensorsWriter> writers = new LinkedHashMap<>();
    writers.put(TensorFiles.ENCODER, network(geometry, Network.ENCODER, "encoder"));
    writers.put(TensorFiles.PREDICTOR, network(geometry, Network.PREDICTOR, "predictor"));
    writers.put(TensorFiles.TARGET_ENCODER, network(geometry, Network.ENCODER, "target_encoder"));
    SafetensorsWriter optimizer = writer();
    moments(geometry, optimizer, "exp_avg", TensorFiles.FIRST_MOMENT);
    moments(geometry, optimizer, "exp_avg_sq", TensorFiles.SECOND_MOMENT);
    writers.put(TensorFiles.OPTIMIZER, optimizer);
    return writers;
  }

  private SafetensorsWriter writer() {
    return new SafetensorsWriter(Map.of(TensorFiles.UPDATES, String.valueOf(updates)));
  }

  private SafetensorsWriter network(Geometry geometry, Network network, String name)
      throws IOException {
    Map<String, TorchTensor> tensors = networks.get(name);
    String positions = ParameterOrder.positions(network);
    List<Parameter> parameters = Layout.of(geometry).parameters(network);
    List<String> unknown = new ArrayList<>(tensors.keySet());
    unknown.remove(positions);
    parameters.forEach(parameter -> unknown.remove(parameter.name()));
    if (!unknown.isEmpty()) {
      throw bad(name + " has " + unknown.size() + " tensors too many, such as " + unknown.get(0));
    }
    SafetensorsWriter writer = writer();
    int width = network == Network.ENCODER ? geometry.width() : geometry.predictorWidth();
    float[] table = Positions.table(width, geometry.side());
    checkPositions(tensors.get(positions), table, name + "." + positions);
    writer.add(positions, List.of(1L, (long) geometry.patches(), (long) width), Tensors.of(table));
    for (Parameter parameter : parameters) {
      TorchTensor tensor = checked(tensors.get(parameter.name()), parameter, name);
      writer.add(
          parameter.name(),
          parameter.shape(),
          sink -> file.read(tensor, finite(name + "." + parameter.name(), sink)));
    }
    return writer;
  }

  /** Passes elements on as long as they are numbers: a model with others gives nothing of use. */
  private Sink finite(String name, Sink sink) {
    return values -> {
      for (int i = values.position(); i < values.limit(); i++) {
        if (!Float.isFinite(values.get(i))) {
          throw bad(name + " has a value that is not finite (" + values.get(i) + ")");
        }
      }
      sink.accept(values);
    };
  }

  private TorchTensor checked(TorchTensor tensor, Parameter parameter, String owner)
      throws IOException {
    if (tensor == null) {
      throw bad(owner + "." + parameter.name() + " is missing");
    }
    if (!tensor.shape().equals(parameter.shape())) {
      throw bad(
          owner
              + "."
              + parameter.name()
              + " has shape "
              + tensor.shape()
              + ", not "
              + parameter.shape());
    }
    return tensor;
  }

  /** Ours are computed: a model with others would silently be another model. */
  private void checkPositions(TorchTensor tensor, float[] table, String name) throws IOException {
    if (tensor == null || tensor.elements() != table.length) {
      throw bad(name + " is missing or of another size");
    }
    int[] at = new int[1];
    float[] most = new float[1];
    file.read(
        tensor,
        values -> {
          while (values.hasRemaining()) {
            most[0] = Math.max(most[0], Math.abs(values.get() - table[at[0]++]));
          }
        });
    if (!(most[0] <= POSITIONS_WITHIN)) {
      throw bad(name + " is not the sine-cosine table (off by " + most[0] + ")");
    }
  }

  private void moments(Geometry geometry, SafetensorsWriter writer, String moment, String prefix)
      throws IOException {
    for (Parameter parameter : Layout.of(geometry).parameters()) {
      String name = prefix + parameter.qualifiedName();
      Map<String, TorchTensor> own = moments.get(parameter.qualifiedName());
      if (own == null && updates == 0) {
        writer.add(name, parameter.shape(), Tensors.zeros(parameter.size()));
      } else {
        TorchTensor tensor = own == null ? null : own.get(moment);
        TorchTensor checked = checked(tensor, parameter, "opt " + moment);
        writer.add(name, parameter.shape(), sink -> file.read(checked, finite(name, sink)));
      }
    }
  }

  /** Numbers of the optimizer's state become names: in each group the parameters in order. */
  private void readOptimizer() throws IOException {
    if (!(root.get("opt") instanceof Map<?, ?> optimizer)
        || !(optimizer.get("param_groups") instanceof List<?> groups)
        || !(optimizer.get("state") instanceof Map<?, ?> state)
        || state.isEmpty()) {
      return;
    }
    List<List<String>> names = new ArrayList<>();
    for (boolean decayed : new boolean[] {true, false}) {
      for (String network : List.of("encoder", "predictor")) {
        names.add(
            networks.get(network).entrySet().stream()
                .filter(e -> ParameterOrder.isDecayed(e.getKey(), e.getValue().shape()) == decayed)
                .map(entry -> network + "." + entry.getKey())
                .toList());
      }
    }
    if (groups.size() != names.size()) {
      throw bad("its optimizer has " + groups.size() + " groups, not " + names.size());
    }
    for (int i = 0; i < names.size(); i++) {
      List<?> numbers =
          groups.get(i) instanceof Map<?, ?> group && group.get("params") instanceof List<?> list
              ? list
              : List.of();
      if (numbers.size() != names.get(i).size()) {
        throw bad(
            "group "
                + i
                + " of its optimizer has "
                + numbers.size()
                + " parameters, not "
                + names.get(i).size());
      }
      for (int k = 0; k < numbers.size(); k++) {
        readState(names.get(i).get(k), state.get(numbers.get(k)));
      }
    }
  }

  private void readState(String name, Object state) throws IOException {
    if (!(state instanceof Map<?, ?> own)) {
      return;
    }
    Map<String, TorchTensor> tensors = new HashMap<>();
    for (String moment : List.of("exp_avg", "exp_avg_sq")) {
      if (own.get(moment) instanceof TorchTensor tensor) {
        tensors.put(moment, tensor);
      }
    }
    moments.put(name, tensors);
    if (own.get("step") instanceof Number steps) {
      updates = Math.max(updates, steps.longValue());
    } else if (own.get("step") instanceof TorchTensor steps) {
      file.check(steps);
      if (steps.elements() != 1) {
        throw bad("the optimizer's count of updates is no number but of shape " + steps.shape());
      }
      file.read(steps, values -> updates = Math.max(updates, (long) values.get()));
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
