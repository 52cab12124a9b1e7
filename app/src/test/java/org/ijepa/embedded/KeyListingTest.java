package org.ijepa.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import java.util.stream.Collectors;
import org.ijepa.store.KeyOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyListingTest {
  private static final List<String> KEYS =
      List.of(
          "a.jpg",
          "a/b.jpg",
          "a/b/c.jpg",
          "a/b/d.jpg",
          "a/bc.jpg",
          "ab/x.jpg",
          "z",
          "é.jpg",
          "\ufb00.jpg",
          "\ud83d\ude00.jpg");

  @TempDir private Path bucket;

  private void write(String key) throws IOException {
    Path file = bucket.resolve(key);
    Files.createDirectories(file.getParent());
    Files.writeString(file, key);
  }

  private List<String> list(String prefix, String after, boolean grouped, int most)
      throws IOException {
    return List.copyOf(new KeyListing(bucket, "x/c"::equals).keys(prefix, after, grouped, most));
  }

  @Test
  void shouldListWhatFilteringAllKeysLists() throws IOException {
    for (String key : KEYS) {
      write(key);
    }

    for (String prefix : List.of("", "a", "a/", "a/b", "a/b/", "a/b/c", "ab", "q", "q/", "z/")) {
      for (String after : List.of("", "a", "a/b.jpg", "a/b/c.jpg", "b", "\ufb00.jpg")) {
        List<String> expected =
            KEYS.stream()
                .filter(key -> key.startsWith(prefix))
                .filter(key -> after.isEmpty() || KeyOrder.UTF8.compare(key, after) > 0)
                .sorted(KeyOrder.UTF8)
                .toList();
        for (int most = 0; most <= KEYS.size(); most++) {
          assertThat(list(prefix, after, false, most))
              .as("%d of %s after %s", most, prefix, after)
              .isEqualTo(expected.subList(0, Math.min(most, expected.size())));
        }
      }
    }
  }

  @Test
  void shouldGroupKeysAsFilteringAllKeysDoes() throws IOException {
    for (String key : KEYS) {
      write(key);
    }
    Files.createDirectories(bucket.resolve("empty/er"));

    for (String prefix : List.of("", "a", "a/", "a/b", "a/b/", "e", "q")) {
      List<String> expected =
          KEYS.stream()
              .filter(key -> key.startsWith(prefix))
              .map(
                  key -> {
                    int slash = key.indexOf('/', prefix.length());
                    return slash < 0 ? key : key.substring(0, slash + 1);
                  })
              .collect(Collectors.toCollection(() -> new java.util.TreeSet<>(KeyOrder.UTF8)))
              .stream()
              .toList();
      for (String after : List.of("", "a.jpg", "a/", "a/b/", "ab/", "b")) {
        assertThat(list(prefix, after, true, KEYS.size()))
            .as("grouped behind %s after %s", prefix, after)
            .isEqualTo(
                expected.stream()
                    .filter(key -> after.isEmpty() || KeyOrder.UTF8.compare(key, after) > 0)
                    .toList());
      }
    }
  }

  @Test
  void shouldHideWhatIsStillBeingWritten() throws IOException {
    String uuid = "0f3b9a52-7d3e-4c1b-9a55-0123456789ab";
    write("x/a.jpg-" + uuid);
    write("x/b-" + uuid);
    write("x/c-" + uuid);
    for (String finished : List.of("x/b-", "x/c-")) {
      Files.getFileAttributeView(
              bucket.resolve(finished + uuid), UserDefinedFileAttributeView.class)
          .write(KeyListing.CHECKSUM_ATTRIBUTE, ByteBuffer.wrap(new byte[16]));
    }

    assertThat(list("", "", false, 10)).containsExactly("x/b-" + uuid);
  }
}
