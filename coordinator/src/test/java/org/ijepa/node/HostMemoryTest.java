package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {
  private static final long MIB = 1 << 20;

  @TempDir Path root;

  private void file(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  @BeforeEach
  void have1000MebibytesAvailable() throws IOException {
    file("proc/meminfo", "MemTotal: 4096000 kB\nMemAvailable:    1024000 kB\n");
  }

  @Test
  void shouldTellWhatTheSystemHasAvailable() {
    assertThat(HostMemory.available(root)).isEqualTo(1000 * MIB);
  }

  @Test
  void shouldNotLimitWhereTheSystemDoesNotTell() {
    assertThat(HostMemory.available(root.resolve("nowhere"))).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldTellWhatIsLeftOfTheTightestGroup() throws IOException {
    file("proc/self/cgroup", "0::/pods/this\n");
    file("sys/fs/cgroup/pods/this/memory.max", "max\n");
    file("sys/fs/cgroup/pods/this/memory.current", 600 * MIB + "\n");
    file("sys/fs/cgroup/pods/memory.max", 800 * MIB + "\n");
    file("sys/fs/cgroup/pods/memory.current", 700 * MIB + "\n");
    file("sys/fs/cgroup/pods/memory.stat", "anon 5\ninactive_file " + 50 * MIB + "\n");
    assertThat(HostMemory.available(root)).isEqualTo(150 * MIB);
  }

  @Test
  void shouldReadTheOlderVersionsFiles() throws IOException {
    file("proc/self/cgroup", "4:cpu:/a\n3:memory:/docker/this\n0::/\n");
    // Only the own group is mounted in the container, below another path.
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", 512 * MIB + "\n");
    file("sys/fs/cgroup/memory/memory.usage_in_bytes", 312 * MIB + "\n");
    file(
        "sys/fs/cgroup/memory/memory.stat",
        "inactive_file 7\ntotal_inactive_file " + 100 * MIB + "\n");
    assertThat(HostMemory.available(root)).isEqualTo(300 * MIB);
  }

  @Test
  void shouldBeAtLeastZero() throws IOException {
    file("proc/self/cgroup", "0::/\n");
    file("sys/fs/cgroup/memory.max", 100 * MIB + "\n");
    file("sys/fs/cgroup/memory.current", 200 * MIB + "\n");
    assertThat(HostMemory.available(root)).isZero();
  }
}
