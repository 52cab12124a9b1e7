package org.ijepa.cli;

import akka.actor.ExtendedActorSystem;
import akka.serialization.jackson.JacksonObjectMapperProvider;
import akka.serialization.jackson.JacksonSerializer;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.util.List;
import java.util.Optional;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.Trainer.FromCoordinator;

/**
 * What a node hears, but that a trainer elsewhere is said to be where nobody listens: as if the way
 * that gradients take to it were closed, and none other.
 */
public final class LostLinkSerializer extends JacksonSerializer {
  private static final String TRAINER = "test.lost-link-to";

  /** Port that nobody listens at. */
  private static final String NOWHERE = "127.0.0.1:1";

  /** As Akka makes serializers. */
  public LostLinkSerializer(ExtendedActorSystem system, String bindingName) {
    super(
        system,
        bindingName,
        JacksonObjectMapperProvider.get(system)
            .getOrCreate(bindingName, Optional.of(new CBORFactory())));
  }

  /** What starts a node that cannot connect to a trainer. */
  static ProcessRun.Kind to(String trainer) {
    return new ProcessRun.Kind(
        List.of(
            "-D" + TRAINER + "=" + trainer,
            "-Dakka.actor.serializers.jackson-cbor=" + LostLinkSerializer.class.getName()),
        ProcessRun.Kind.PRETRAIN.main());
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    Object message = super.fromBinary(bytes, manifest);
    return message instanceof FromCoordinator said && said.message() instanceof Form form
        ? new FromCoordinator(lost(form))
        : message;
  }

  private static Form lost(Form form) {
    return new Form(
        form.generation(),
        form.members().stream().map(LostLinkSerializer::lost).toList(),
        form.newcomers().stream().map(LostLinkSerializer::lost).toList(),
        form.root(),
        form.nextStep(),
        form.settled(),
        form.origin(),
        form.load(),
        form.history(),
        form.then(),
        form.write());
  }

  private static MemberId lost(MemberId member) {
    return member.name().equals(System.getProperty(TRAINER))
        ? new MemberId(member.name(), member.incarnation(), NOWHERE)
        : member;
  }
}
