package org.ijepa.cli;

import akka.actor.ExtendedActorSystem;
import akka.serialization.jackson.JacksonObjectMapperProvider;
import akka.serialization.jackson.JacksonSerializer;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.util.List;
import java.util.Optional;
import org.ijepa.trainer.ToMember.Commit;
import org.ijepa.trainer.Trainer.FromCoordinator;

/** What a node hears, but for one step's commit, which is lost however often it is said. */
public final class DeafSerializer extends JacksonSerializer {
  private static final String STEP = "test.deaf-to-commit";

  /** As Akka makes serializers. */
  public DeafSerializer(ExtendedActorSystem system, String bindingName) {
    super(
        system,
        bindingName,
        JacksonObjectMapperProvider.get(system)
            .getOrCreate(bindingName, Optional.of(new CBORFactory())));
  }

  /** What starts a node that is deaf to a step's commit. */
  static ProcessRun.Kind to(long step) {
    return new ProcessRun.Kind(
        List.of(
            "-D" + STEP + "=" + step,
            "-Dakka.actor.serializers.jackson-cbor=" + DeafSerializer.class.getName()),
        ProcessRun.Kind.PRETRAIN.main());
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    Object message = super.fromBinary(bytes, manifest);
    if (message instanceof FromCoordinator said
        && said.message() instanceof Commit commit
        && commit.plan().step() == Long.getLong(STEP)) {
      throw new IllegalArgumentException("lost by a test");
    }
    return message;
  }
}
