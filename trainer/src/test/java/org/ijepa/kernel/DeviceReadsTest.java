package org.ijepa.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Layout;
import org.ijepa.vit.Parameter.Network;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The step on libtorch's device without memory: every tensor there has a shape and no values, so
 * that whatever reads one fails. On a GPU the same would wait for all that was asked before.
 */
class DeviceReadsTest {
  private static final Geometry SMALL =
      new Geometry(32, 8, 3, 32, 2, 2, 64, 16, 2, 2, 32, 1e-6, 1e-5);
  private static final int IMAGES = 4;
  private static final int SIDE = 32;

  private static final String ELSEWHERE =
      """
      class Elsewhere(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def forward(self: __torch__.Elsewhere, x: Tensor) -> Tensor:
          return torch.to(x, torch.device("meta"), ops.prim.dtype(x))
      """;

  private PtNDManager manager;
  private PtSymbolBlock elsewhere;
  private PtSymbolBlock module;

  @BeforeEach
  void open() throws IOException {
    Kernels.prepareThread(1);
    manager = (PtNDManager) NDManager.newBaseManager("PyTorch");
    elsewhere = load(ELSEWHERE, "Elsewhere", Map.of("training", false));
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private PtSymbolBlock load(String source, String name, Map<String, Object> attributes)
      throws IOException {
    byte[] archive = ModuleArchive.pack(source, name, attributes);
    return JniUtils.loadModule(manager, new ByteArrayInputStream(archive), true, false);
  }

  private void open(boolean mixed, boolean checkpointing) throws IOException {
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("training", false);
    attributes.put("channels", SMALL.channels());
    attributes.put("patch", SMALL.patchSize());
    attributes.put("width", SMALL.width());
    attributes.put("depth", SMALL.depth());
    attributes.put("heads", SMALL.heads());
    attributes.put("hidden", SMALL.hidden());
    attributes.put("predictor_width", SMALL.predictorWidth());
    attributes.put("predictor_depth", SMALL.predictorDepth());
    attributes.put("predictor_heads", SMALL.predictorHeads());
    attributes.put("predictor_hidden", SMALL.predictorHidden());
    attributes.put("norm_eps", SMALL.normEps());
    attributes.put("target_norm_eps", SMALL.targetNormEps());
    attributes.put("mixed", mixed);
    attributes.put("checkpointing", checkpointing);
    attributes.put("fused_attention", true);
    attributes.put("onednn", false);
    attributes.put("staged", false);
    try (InputStream source = Kernels.class.getResourceAsStream("ijepa.py")) {
      String text = new String(source.readAllBytes(), StandardCharsets.UTF_8);
      module = load(text, "IJepa", attributes);
    }
  }

  private NDArray there(NDArray array) {
    return IValueUtils.forward(elsewhere, new NDList(array), true).get(0);
  }

  private NDArray there(long... shape) {
    return there(manager.zeros(new Shape(shape)));
  }

  private List<NDArray> vectors(long... sizes) {
    return Arrays.stream(sizes).mapToObj(this::there).toList();
  }

  private NDArray host(Number... values) {
    double[] numbers = Arrays.stream(values).mapToDouble(Number::doubleValue).toArray();
    return manager.create(numbers);
  }

  private NDArray indices(long... shape) {
    return manager
        .arange(0, (int) new Shape(shape).size(), 1, DataType.INT64)
        .mod(16)
        .reshape(shape);
  }

  private static List<NDArray> list(NDArray... arrays) {
    return List.of(arrays);
  }

  /** Calls a method; a list stands for a list, an array for itself. */
  private NDList call(String method, Object... arguments) {
    NDList all = new NDList();
    int number = 0;
    for (Object argument : arguments) {
      number++;
      List<?> arrays = argument instanceof List<?> list ? list : List.of(argument);
      for (Object each : arrays) {
        NDArray array = (NDArray) each;
        array.setName(argument instanceof List<?> ? "list" + number + "[]" : null);
        all.add(array);
      }
    }
    try (NDArray marker = manager.create(0)) {
      marker.setName("module_method:" + method);
      all.add(marker);
      return IValueUtils.forward(module, all, true);
    }
  }

  /** A network's parameters, or the sums of their gradients. */
  private record Weights(List<NDArray> matrices, List<NDArray> vectors) {}

  private Weights weights(Network network, boolean trained, boolean mixed) {
    Layout layout = Layout.of(SMALL);
    List<NDArray> matrices = new ArrayList<>(vectors(layout.matrixSizes(network)));
    if (mixed) {
      matrices = new ArrayList<>(call("bfloat16", matrices));
    }
    List<NDArray> vectors = vectors(layout.vectorSizes(network));
    if (trained) {
      matrices.forEach(leaf -> leaf.setRequiresGradient(true));
      vectors.forEach(leaf -> leaf.setRequiresGradient(true));
    }
    return new Weights(matrices, vectors);
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false"})
  void shouldReadNothingFromTheDeviceInAStep(boolean mixed, boolean checkpointing)
      throws IOException {
    open(mixed, checkpointing);
    Weights encoder = weights(Network.ENCODER, true, mixed);
    Weights predictor = weights(Network.PREDICTOR, true, mixed);
    Weights target = weights(Network.ENCODER, false, false);
    NDArray images = manager.zeros(new Shape(IMAGES, SIDE, SIDE, 3), DataType.UINT8);
    NDArray context = indices(IMAGES, 7);
    NDArray targets = indices(2, IMAGES, 3);
    NDArray encoderTable = there(16, 32);
    NDArray predictorTable = there(16, 16);

    NDArray patches = call("patches", images, there(3), there(3)).get(0);
    NDArray wanted =
        call("target", patches, encoderTable, targets, target.matrices(), target.vectors()).get(0);
    assertThat(wanted.getShape()).isEqualTo(new Shape(2 * IMAGES, 3, 32));
    List<NDArray> beside = call("places", context, encoderTable);
    List<NDArray> asked =
        list(
            call("places", context, predictorTable).get(0),
            call("places", targets, predictorTable).get(0));
    NDArray seen = call("pick", patches, context).get(0);
    NDArray value =
        Kernels.recording(
            () -> {
              List<NDArray> tokens =
                  call("run", seen, beside, encoder.matrices(), encoder.vectors());
              List<NDArray> predicted =
                  call(
                      "run",
                      tokens.get(tokens.size() - 1),
                      asked,
                      predictor.matrices(),
                      predictor.vectors());
              NDArray last = predicted.get(predicted.size() - 1);
              NDList loss = call("loss", last, wanted, manager.create(0.5f));
              NDArray next = back(loss.get(1), predicted, asked, predictor, Network.PREDICTOR);
              back(next, tokens, beside, encoder, Network.ENCODER);
              return loss.get(0);
            });
    call("note", there(9), value, host(0.5, 8));
    call("scale", there(10), manager.create(0.5));
    call("ema", target.vectors(), target.vectors(), manager.create(0.99));
    call("refresh", target.vectors(), target.vectors());
    call("known", there(10), there(9));
    call("sums", there(10_000), there(manager.create(new long[1024], new Shape(1024, 1))));
  }

  private NDArray back(
      NDArray last, List<NDArray> kept, List<NDArray> beside, Weights weights, Network network) {
    Weights sums = weights(network, false, false);
    return call(
            "back",
            last,
            kept,
            beside,
            weights.matrices(),
            weights.vectors(),
            sums.matrices(),
            sums.vectors())
        .get(0);
  }

  @Test
  void shouldFailWhereSomethingIsRead() throws IOException {
    open(false, false);

    assertThatThrownBy(() -> call("scale", there(10), there(manager.create(0.5))))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> call("norm", there(10))).isInstanceOf(EngineException.class);
  }
}
