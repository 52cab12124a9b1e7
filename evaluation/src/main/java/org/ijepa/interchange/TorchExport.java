package org.ijepa.interchange;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ijepa.checkpoint.BytesProgress;
import org.ijepa.checkpoint.TensorFiles;
import org.ijepa.interchange.TorchFileWriter.Ordered;
import org.ijepa.interchange.TorchFileWriter.Tensor;
import org.ijepa.safetensors.SafetensorsFile;
import org.ijepa.safetensors.SafetensorsWriter.Source;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Parameter.Network;

/** A checkpoint as a {@code .pth.tar} that the published code goes on from. */
public final class TorchExport {
  private static final String MODULE = "module.";

  private final Geometry geometry;
  private final ModelFiles files;
  private final TrainingFacts facts;
  private final ModelNotes notes;

  /**
   * A checkpoint to be written.
   *
   * @param files all four
   * @param notes of the model
   */
  public TorchExport(Geometry geometry, ModelFiles files, TrainingFacts facts, ModelNotes notes) {
    this.geometry = geometry;
    this.notes = notes;
    this.files = files;
    this.facts = facts;
  }

  /** Writes the file. */
  public void write(Path file, BytesProgress progress) throws IOException {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("encoder", network(Network.ENCODER, TensorFiles.ENCODER));
    root.put("predictor", network(Network.PREDICTOR, TensorFiles.PREDICTOR));
    root.put("opt", optimizer());
    root.put("scaler", scaler());
    root.put("target_encoder", network(Network.ENCODER, TensorFiles.TARGET_ENCODER));
    root.put("epoch", facts.epochs());
    root.put("loss", facts.loss());
    root.put("batch_size", facts.batchSize());
    root.put("world_size", facts.worldSize());
    root.put("lr", facts.learningRate());
    root.put(ModelNotes.KEY, notes.entries());
    String name = file.getFileName().toString();
    String folder = name.replaceAll("\\.(pth\\.tar|pth|pt|tar)$", "");
    Tensors.whole(file, unfinished -> TorchFileWriter.write(unfinished, folder, root, progress));
  }

  private Ordered network(Network network, String file) throws IOException {
    SafetensorsFile tensors = files.file(file);
    Map<String, Object> entries = new LinkedHashMap<>();
    for (String name : ParameterOrder.of(geometry, network)) {
      entries.put(MODULE + name, new Tensor(tensors.shape(name), Tensors.of(tensors, name)));
    }
    return new Ordered(entries);
  }

  /** A parameter in the optimizer's numbering. */
  private record Numbered(Network network, String name, List<Long> shape) {}

  private Map<String, Object> optimizer() throws IOException {
    List<Numbered> numbered = new ArrayList<>();
    List<Object> groups = new ArrayList<>();
    for (boolean decayed : new boolean[] {true, false}) {
      for (Network network : Network.values()) {
        List<Object> numbers = new ArrayList<>();
        for (Numbered parameter : parameters(network, decayed)) {
          numbers.add(numbered.size());
          numbered.add(parameter);
        }
        groups.add(group(numbers, decayed));
      }
    }
    Map<String, Object> optimizer = new LinkedHashMap<>();
    optimizer.put("state", state(numbered));
    optimizer.put("param_groups", groups);
    return optimizer;
  }

  private List<Numbered> parameters(Network network, boolean decayed) throws IOException {
    SafetensorsFile tensors =
        files.file(network == Network.ENCODER ? TensorFiles.ENCODER : TensorFiles.PREDICTOR);
    List<Numbered> parameters = new ArrayList<>();
    for (String name : ParameterOrder.of(geometry, network)) {
      List<Long> shape = tensors.shape(name);
      if (ParameterOrder.isDecayed(name, shape) == decayed) {
        parameters.add(new Numbered(network, name, shape));
      }
    }
    return parameters;
  }

  private Map<String, Object> group(List<Object> numbers, boolean decayed) {
    Map<String, Object> group = new LinkedHashMap<>();
    group.put("lr", facts.learningRate());
    group.put("betas", new Object[] {facts.beta1(), facts.beta2()});
    group.put("eps", facts.epsilon());
    group.put("weight_decay", decayed ? facts.weightDecay() : 0.0);
    group.put("amsgrad", false);
    group.put("maximize", false);
    group.put("foreach", null);
    group.put("capturable", false);
    group.put("differentiable", false);
    group.put("fused", null);
    group.put("decoupled_weight_decay", true);
    if (!decayed) {
      group.put("WD_exclude", true);
    }
    group.put("params", numbers);
    return group;
  }

  /** The fixed position tables have numbers, but no state. Before the first update nothing has. */
  private Map<Object, Object> state(List<Numbered> numbered) throws IOException {
    SafetensorsFile moments = files.file(TensorFiles.OPTIMIZER);
    long updates = Long.parseLong(moments.metadata().getOrDefault(TensorFiles.UPDATES, "0"));
    Map<Object, Object> state = new LinkedHashMap<>();
    for (int i = 0; i < numbered.size() && updates > 0; i++) {
      Numbered parameter = numbered.get(i);
      if (parameter.name().equals(ParameterOrder.positions(parameter.network()))) {
        continue;
      }
      String qualified = parameter.network().prefix() + parameter.name();
      Map<String, Object> own = new LinkedHashMap<>();
      own.put("step", new Tensor(List.of(), Tensors.of((float) updates)));
      own.put("exp_avg", moment(parameter, moments, TensorFiles.FIRST_MOMENT + qualified));
      own.put("exp_avg_sq", moment(parameter, moments, TensorFiles.SECOND_MOMENT + qualified));
      state.put(i, own);
    }
    return state;
  }

  private static Tensor moment(Numbered parameter, SafetensorsFile moments, String name) {
    Source values = Tensors.of(moments, name);
    return new Tensor(parameter.shape(), values);
  }

  /** What PyTorch's scaler of gradients starts with; the published code asks for one with bf16. */
  private static Map<String, Object> scaler() {
    Map<String, Object> scaler = new LinkedHashMap<>();
    scaler.put("scale", 65536.0);
    scaler.put("growth_factor", 2.0);
    scaler.put("backoff_factor", 0.5);
    scaler.put("growth_interval", 2000);
    scaler.put("_growth_tracker", 0);
    return scaler;
  }
}
