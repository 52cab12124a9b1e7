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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ijepa.vit.Geometry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Kernels on libtorch's device without memory: every tensor there has a shape and no values, so
 * that whatever reads one fails. On a GPU the same would wait for all that was asked before. Not
 * all has a kernel there: neither networks, loss and AdamW, which take numbers from the host alone,
 * nor {@code index_select}.
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
    module = kernels();
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

  private PtSymbolBlock kernels() throws IOException {
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
    attributes.put("mixed", false);
    attributes.put("checkpointing", false);
    attributes.put("fused_attention", true);
    attributes.put("onednn", false);
    attributes.put("staged", false);
    try (InputStream source = Kernels.class.getResourceAsStream("ijepa.py")) {
      String text = new String(source.readAllBytes(), StandardCharsets.UTF_8);
      return load(text, "IJepa", attributes);
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

  @Test
  void shouldBringOverWhatComesFromTheHost() {
    NDArray images = manager.zeros(new Shape(IMAGES, SIDE, SIDE, 3), DataType.UINT8);
    NDArray targets = indices(2, IMAGES, 3);

    NDArray patches = call("patches", images, there(3), there(3)).get(0);
    assertThat(patches.getShape()).isEqualTo(new Shape(IMAGES, 16, 192));
    // Of the 24 targets some are of the same token; what is computed is filled up to 64.
    NDList asked = call("asked", targets, patches);
    assertThat(asked.get(0).getShape()).isEqualTo(new Shape(64));
    assertThat(asked.get(1).getShape()).isEqualTo(new Shape(24));
  }

  @Test
  void shouldReadNothingBetweenLossAndUpdate() {
    call("note", there(10), there(), host(0.5, 8, 9));
    call("scale", there(10), manager.create(0.5));
    call("ema", vectors(3, 4), vectors(3, 4), manager.create(0.99));
    call("refresh", call("bfloat16", vectors(3, 4)), vectors(3, 4));
    assertThat(call("known", there(10), there(9)).get(0).getShape()).isEqualTo(new Shape(10));
    NDArray powers = there(TensorDigest.powers(manager, 1024));
    assertThat(call("sums", there(10_000), powers).get(0).getShape()).isEqualTo(new Shape(12));
  }

  @Test
  void shouldFailWhereSomethingIsRead() {
    NDArray patches = there(IMAGES, 16, 192);
    assertThatThrownBy(() -> call("asked", there(indices(2, IMAGES, 3)), patches))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> call("scale", there(10), there(manager.create(0.5))))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> call("norm", there(10))).isInstanceOf(EngineException.class);
  }
}
