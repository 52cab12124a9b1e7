package org.ijepa.collective;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

class LocalGroupTest extends CollectiveContract {
  @Override
  List<Collective> group(long generation, int size, Duration timeout) {
    LocalGroup group = new LocalGroup(size, timeout);
    return IntStream.range(0, size).mapToObj(group::join).toList();
  }
}
