import { Checkbox } from "@patternfly/react-core";
import type { ComponentProps, ReactNode } from "react";
import type { StorageList } from "../../../src/contract/storage-answer.ts";
import { Choice } from "../parts/choice.tsx";
import { fieldId } from "../parts/field-id.ts";
import { Line } from "../parts/line.tsx";
import { StoredField } from "../parts/stored-field.tsx";
import { UploadImage } from "../parts/upload-image.tsx";
import { isDevice, type NewVm, withImage } from "../spec/new-vm.ts";
import { storedChoices, storedProblems } from "../spec/stored-choices.ts";

/** What the steps of a new VM's page have. */
export interface NewVmStep {
  readonly wishes: NewVm;
  readonly change: (changes: Partial<NewVm>) => void;
  /** What the cluster's settings and state know. */
  readonly known: {
    readonly classes: readonly string[];
    readonly zones: readonly string[];
    readonly nodes: readonly string[];
    readonly storage: readonly string[];
    /** What is there; undefined where that is not known. */
    readonly stored: StorageList | undefined;
  };
  /** Something was put there. */
  readonly uploaded: () => void;
}

/** How the VM is called. */
export function NameFields({ wishes, change, known }: NewVmStep): ReactNode {
  return (
    <>
      <Line
        label={wishes.isDns ? "Host name" : "Name"}
        about="Small letters, digits and dashes; of a host name the first part names the VM"
        value={wishes.name}
        set={(name) => change({ name })}
      />
      <Checkbox
        id="new-vm-dns"
        label="It is a name in the DNS, which has the VM's address"
        isChecked={wishes.isDns}
        onChange={(_, isDns) => change({ isDns })}
      />
      <Choice
        label="Class"
        value={wishes.class}
        words={[["", "None"], ...known.classes.map((one) => [one, one] as const)]}
        set={(next) => change({ class: next })}
      />
    </>
  );
}

/** Its memory and processors. */
export function HardwareFields({ wishes, change }: NewVmStep): ReactNode {
  return (
    <>
      <Line
        label="Memory"
        about="MiB, or with a unit; empty: as the class or the cluster's defaults say"
        value={wishes.memory}
        set={(memory) => change({ memory })}
      />
      <Line label="CPUs" about="A number" value={wishes.cpu} set={(cpu) => change({ cpu })} />
    </>
  );
}

const disks = [
  ["new", "A new, empty disk"],
  ["copy", "A copy of an image"],
  ["file", "An image that is there"],
  ["block", "A volume or device that is there"],
  ["none", "No disk"],
] as const;

/** Its disk, and the drive with what installs it. */
export function DiskFields({ wishes, change, known, uploaded }: NewVmStep): ReactNode {
  const { disk, path, size, from, iso } = wishes;
  const isThere = disk === "file" || disk === "block";
  const where =
    known.storage.length === 0 ? "the same on every node" : `in one of ${known.storage.join(", ")}`;
  return (
    <>
      <Choice label="Disk" value={disk} words={disks} set={(next) => change({ disk: next })} />
      {isThere ? (
        <Stored
          key={disk}
          label={disk === "block" ? "Volume or device" : "Image"}
          about={`Of the disk: ${where}`}
          value={path}
          set={(next) => change({ path: next })}
          choices={storedChoices(known.stored, disk === "block" ? "block" : "disk")}
          none="Choose one that no VM has"
        />
      ) : null}
      {disk === "none" || isThere ? null : (
        <Line
          label="Path"
          about={`Of the disk: ${where}`}
          value={path}
          set={(next) => change({ path: next })}
        />
      )}
      {disk === "copy" ? (
        <Stored
          label="Copied from"
          about="An image on the node that is asked; it is converted where its format is another one"
          value={from}
          set={(next) => change({ from: next })}
          choices={storedChoices(known.stored, "source")}
          none="Choose an image"
        />
      ) : null}
      {disk === "new" || disk === "copy" ? (
        <Line
          label="Size"
          about={disk === "new" ? "Such as 20 GiB" : "What it grows to; empty: as large as the image"}
          value={size}
          set={(next) => change({ size: next })}
        />
      ) : null}
      <Stored
        label="Installer's ISO image"
        about="Its path on every node; the VM boots it as long as its disk is empty, and has a screen"
        value={iso}
        set={(next) => change({ iso: next })}
        choices={storedChoices(known.stored, "iso")}
        none="None"
      />
      <UploadImage
        folders={known.storage.filter((one) => !isDevice(one))}
        done={(there) => {
          uploaded();
          change(withImage(wishes, there));
        }}
      />
      {storedProblems(known.stored).map((words) => (
        <p key={words} className="haven-small">
          {words}
        </p>
      ))}
    </>
  );
}

/** What it is connected with. */
export function NetworkFields({ wishes, change, known }: NewVmStep): ReactNode {
  const { network, link, isDns } = wishes;
  const kinds = [
    ["none", isDns ? "As the DNS says" : "No network"],
    ["zone", "A zone of the cluster's settings"],
    ...(isDns ? [] : [["bridge", "A bridge on the nodes"] as const]),
  ] as const;
  return (
    <>
      <Choice
        label="Network"
        value={network}
        words={kinds}
        set={(next) => change({ network: next, link: "" })}
      />
      {network === "zone" ? (
        <Choice
          label="Zone"
          value={link}
          words={[["", "Choose one"], ...known.zones.map((one) => [one, one] as const)]}
          set={(next) => change({ link: next })}
        />
      ) : null}
      {network === "bridge" ? (
        <Line label="Bridge" about="Such as br0" value={link} set={(next) => change({ link: next })} />
      ) : null}
    </>
  );
}

/** Where it should rather run. */
export function PlacementFields({ wishes, change, known }: NewVmStep): ReactNode {
  return (
    <Choice
      label="Preferred node"
      value={wishes.prefer[0] ?? ""}
      words={[["", "None: wherever there is most room"], ...known.nodes.map((one) => [one, one] as const)]}
      set={(next) => change({ prefer: next === "" ? [] : [next] })}
    />
  );
}

function Stored(props: Omit<ComponentProps<typeof StoredField>, "id">): ReactNode {
  return <StoredField {...props} id={fieldId(props.label)} />;
}
