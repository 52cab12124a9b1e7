package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.List;
import org.ijepa.failure.Failure;
import org.ijepa.kernel.Gpus.Gpu;
import org.ijepa.kernel.TensorFloat32;
import org.ijepa.settings.ClusterSettings.Compute;
import org.ijepa.settings.OptimizationSettings.Precision;
import org.ijepa.settings.Settings;
import org.junit.jupiter.api.Test;

class DevicesTest {
  private static final Gpu NEW = new Gpu("new", 9, 80L << 30);
  private static final Gpu OLD = new Gpu("old", 7, 16L << 30);
  private static final List<Gpu> TWO = List.of(NEW, NEW);

  private static Settings settings(String... sets) {
    return SmallRun.settings(Path.of("images"), sets);
  }

  private static Devices usable(List<Gpu> gpus) {
    return Devices.of(Compute.AUTO, gpus, () -> true, () -> false);
  }

  private static Devices cpu(boolean bfloat16) {
    return Devices.of(Compute.AUTO, List.of(), () -> false, () -> bfloat16);
  }

  @Test
  void shouldTakeGpusThatTheEngineCanUse() {
    assertThat(usable(TWO).trainers(2)).containsExactly(Device.gpu(0), Device.gpu(1));
    assertThat(usable(List.of()).trainers(2)).containsExactly(Device.cpu(), Device.cpu());
    assertThat(Devices.of(Compute.AUTO, TWO, () -> false, () -> true).areGpus()).isFalse();
    assertThat(Devices.of(Compute.CPU, TWO, () -> true, () -> true).areGpus()).isFalse();
  }

  @Test
  void shouldSayWhyThereIsNoGpuWhereOneIsAskedFor() {
    assertThatThrownBy(() -> Devices.of(Compute.GPU, List.of(), () -> true, () -> true))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("no GPU");
    assertThatThrownBy(() -> Devices.of(Compute.GPU, TWO, () -> false, () -> true))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("CPUs alone");
  }

  @Test
  void shouldSayThatGpusLieIdle() {
    assertThat(Devices.idle(Compute.AUTO, TWO, () -> false)).get().asString().contains("2 GPUs");
    assertThat(Devices.idle(Compute.AUTO, TWO, () -> true)).isEmpty();
    assertThat(Devices.idle(Compute.AUTO, List.of(), () -> false)).isEmpty();
    assertThat(Devices.idle(Compute.CPU, TWO, () -> false)).isEmpty();
  }

  @Test
  void shouldStartATrainerForEachGpu() {
    Settings auto = settings("cluster.trainers=auto", "cluster.threads=auto");
    assertThat(usable(TWO).settled(auto).cluster().trainers()).isEqualTo(2);
    assertThat(usable(List.of()).settled(auto).cluster().trainers()).isEqualTo(1);
    int processors = Runtime.getRuntime().availableProcessors();
    assertThat(usable(TWO).settled(auto).cluster().threads())
        .isEqualTo(Math.max(1, processors / 2));
    Settings one = settings("cluster.trainers=1", "cluster.threads=3");
    assertThat(usable(TWO).settled(one).cluster().trainers()).isEqualTo(1);
    assertThat(usable(TWO).settled(one).cluster().threads()).isEqualTo(3);
  }

  @Test
  void shouldRefuseMoreTrainersThanGpus() {
    assertThatThrownBy(() -> usable(TWO).settled(settings("cluster.trainers=3")))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("cluster.trainers = 3, but this machine has 2 GPUs");
  }

  @Test
  void shouldTakeThePrecisionThatAllItsGpusAreMadeFor() {
    Settings auto = settings("optimization.precision=auto", "cluster.trainers=auto");
    assertThat(usable(TWO).settled(auto).optimization().precision()).isEqualTo(Precision.BF16);
    assertThat(usable(List.of(NEW, OLD)).settled(auto).optimization().precision())
        .isEqualTo(Precision.FP32);
    Settings fixed = settings("optimization.precision=fp32");
    assertThat(usable(TWO).settled(fixed).optimization().precision()).isEqualTo(Precision.FP32);
  }

  @Test
  void shouldTellTheEngineHowGpusMultiplyAndNothingOfCpus() {
    Settings rounded = settings("optimization.tf32=true");
    try {
      usable(TWO).multiply(rounded);
      assertThat(TensorFloat32.isAllowed()).isTrue();
      usable(List.of()).multiply(settings());
      assertThat(TensorFloat32.isAllowed()).isTrue();
      usable(TWO).multiply(settings());
      assertThat(TensorFloat32.isAllowed()).isFalse();
      usable(List.of()).multiply(rounded);
      assertThat(TensorFloat32.isAllowed()).isFalse();
    } finally {
      TensorFloat32.allow(false);
    }
  }

  @Test
  void shouldTakeFloat32WhereTheCpuHasNoBfloat16AndTellWhy() {
    Settings auto = settings("optimization.precision=auto");
    Settings plain = cpu(false).settled(auto);
    assertThat(plain.optimization().precision()).isEqualTo(Precision.FP32);
    assertThat(plain.render())
        .containsPattern(
            "optimization.precision += fp32 +# auto: this CPU does not multiply bf16 \\(neither"
                + " avx512_bf16 nor amx_bf16 in /proc/cpuinfo\\)");
    Settings able = cpu(true).settled(auto);
    assertThat(able.optimization().precision()).isEqualTo(Precision.BF16);
    assertThat(able.render())
        .containsPattern("optimization.precision += bf16 +# auto: this CPU multiplies bf16");
    assertThat(usable(List.of(NEW, OLD)).settled(auto).render())
        .contains("# auto: the GPU old does not multiply bf16");
    Settings fixed = settings("optimization.precision=bf16");
    assertThat(cpu(false).settled(fixed).optimization().precision()).isEqualTo(Precision.BF16);
    assertThat(cpu(false).settled(fixed).origins()).containsEntry(Settings.PRECISION, "--set");
  }

  @Test
  void shouldKnowBfloat16ByTheFlagsOfTheKernel() {
    assertThat(Processor.hasBfloat16(List.of("flags\t\t: fpu avx512f avx512_bf16"))).isTrue();
    assertThat(Processor.hasBfloat16(List.of("flags\t\t: fpu amx_bf16 amx_tile"))).isTrue();
    assertThat(Processor.hasBfloat16(List.of("model name\t: avx512_bf16", "flags\t: avx512f")))
        .isFalse();
  }

  @Test
  void shouldRefuseAStepThatNoGpuHolds() {
    Devices small = usable(List.of(new Gpu("small", 9, 1 << 10)));
    assertThatThrownBy(() -> Preflight.memory(settings("cluster.trainers=1"), small, false))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("in the GPU (small)");
    Preflight.memory(settings("cluster.trainers=1"), usable(TWO), false);
  }
}
