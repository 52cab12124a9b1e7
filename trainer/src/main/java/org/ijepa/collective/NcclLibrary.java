package org.ijepa.collective;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Set;

/**
 * The functions of nccl.h that are used, with its numbers. Each returns a {@code ncclResult_t}; a
 * communicator that does not block answers {@link #IN_PROGRESS}, and later tells how it went on.
 */
interface NcclLibrary extends Library {
  int SUCCESS = 0;
  int IN_PROGRESS = 7;
  int FLOAT32 = 7;
  int BFLOAT16 = 9;
  int SUM = 0;

  /** A system call or the network failed at this rank. */
  int SYSTEM_ERROR = 2;

  /** Errors of a system call, of another rank, and of time: what another attempt may do without. */
  Set<Integer> OF_THE_NETWORK = Set.of(SYSTEM_ERROR, 6, 8);

  /** The first version whose communicators need not block. */
  int LEAST_VERSION = 21400;

  /** {@code ncclUniqueId}, which is passed by value. */
  @FieldOrder("internal")
  final class UniqueId extends Structure implements Structure.ByValue {
    static final int BYTES = 128;

    /** Mapped by JNA. */
    public byte[] internal = new byte[BYTES];
  }

  int ncclGetVersion(IntByReference version);

  int ncclGetUniqueId(byte[] id);

  int ncclCommInitRankConfig(
      PointerByReference communicator, int ranks, UniqueId id, int rank, Pointer config);

  int ncclAllReduce(
      Pointer from,
      Pointer to,
      long count,
      int type,
      int operation,
      Pointer communicator,
      Pointer stream);

  int ncclBroadcast(
      Pointer from,
      Pointer to,
      long count,
      int type,
      int root,
      Pointer communicator,
      Pointer stream);

  int ncclCommGetAsyncError(Pointer communicator, IntByReference result);

  int ncclCommAbort(Pointer communicator);

  String ncclGetErrorString(int result);

  String ncclGetLastError(Pointer communicator);

  /**
   * A {@code ncclConfig_t} as version 2.14 defined it: size, magic number, version, whether calls
   * block. Newer libraries read as much of it as it says it has and take defaults for the rest.
   */
  static Memory configThatDoesNotBlock() {
    Memory config = new Memory(24);
    config.clear();
    config.setLong(0, config.size());
    config.setInt(8, 0xcafebeef);
    config.setInt(12, LEAST_VERSION);
    config.setInt(16, 0);
    return config;
  }

  /** A version's number as people write it. */
  static String versionName(int code) {
    return code / 10_000 + "." + code / 100 % 100 + "." + code % 100;
  }
}
