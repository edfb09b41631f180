import { Button, ExpandableSection, FormGroup, Progress } from "@patternfly/react-core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { storageRoutes } from "../../../src/contract/storage-routes.ts";
import { uploadName, uploadNameExpected } from "../../../src/contract/upload.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { errorText } from "../api/error-text.ts";
import { uploadFile } from "../api/upload-file.ts";
import { useConsole } from "../app/console-context.ts";
import { ChoiceField } from "./choice-field.tsx";
import { LineField } from "./line-field.tsx";
import { memoryText } from "./memory-text.ts";
import { QuickAlert } from "./quick-alert.tsx";

interface UploadImageProps {
  /** The folders that it can be put into. */
  readonly folders: readonly string[];
  readonly done: (path: string) => void;
}

/** Uploads an image of this computer into the storage. */
export function UploadImage(props: UploadImageProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <ExpandableSection
      toggleText="Upload an image from this computer"
      isExpanded={isOpen}
      onToggle={(_, next) => setOpen(next)}
    >
      <div className="haven-upload">
        <Fields {...props} />
      </div>
    </ExpandableSection>
  );
}

function Fields({ folders, done }: UploadImageProps): ReactNode {
  const { session } = useConsole();
  const [file, setFile] = useState<File>();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState("");
  const upload = useUpload();
  const folder = folders.includes(chosen) ? chosen : (folders[0] ?? "");
  const isNamed = uploadName.test(name);
  const why =
    roleLacks(session.role, storageRoutes.uploadImage.role) ??
    (folder === "" ? "The settings name no folder for images" : undefined) ??
    (file === undefined ? "Choose a file" : isNamed ? undefined : `Its name: ${uploadNameExpected}`);
  const begin = async (): Promise<void> => {
    const path = file === undefined ? undefined : await upload.begin({ file, name, folder });
    if (path !== undefined) done(path);
  };
  return (
    <>
      <FormGroup label="File" fieldId="upload-file">
        <input
          id="upload-file"
          type="file"
          disabled={upload.written !== undefined}
          onChange={({ target }) => {
            const next = target.files?.[0];
            setFile(next);
            setName(next?.name ?? "");
          }}
        />
      </FormGroup>
      <LineField
        {...{
          id: "upload-name",
          label: "Called there",
          value: name,
          set: setName,
          about: uploadNameExpected,
        }}
      />
      <ChoiceField
        {...{ id: "upload-folder", label: "Into", value: folder, set: setChosen }}
        words={folders.map((one) => [one, one] as const)}
      />
      {upload.written === undefined || file === undefined ? (
        <p>
          <Button variant="secondary" isAriaDisabled={why !== undefined} onClick={() => void begin()}>
            Upload
          </Button>{" "}
          <span className="haven-small">{why}</span>
        </p>
      ) : (
        <>
          <Progress
            id="upload-progress"
            title={`${memoryText(upload.written / 2 ** 20)} of ${memoryText(file.size / 2 ** 20)} are written`}
            value={Math.floor((upload.written / file.size) * 100)}
          />
          <p>
            <Button variant="link" isInline onClick={upload.giveUp}>
              Give up
            </Button>
          </p>
        </>
      )}
      {upload.failure === undefined ? null : (
        <QuickAlert isInline isLiveRegion variant="danger" title={upload.failure} />
      )}
      {upload.path === undefined ? null : (
        <QuickAlert isInline isLiveRegion variant="success" title={`${upload.path} is there`} />
      )}
    </>
  );
}

interface Wanted {
  readonly file: File;
  readonly name: string;
  readonly folder: string;
}

interface Upload {
  /** Bytes; undefined where none is under way. */
  readonly written: number | undefined;
  readonly failure: string | undefined;
  /** Of the last that is there. */
  readonly path: string | undefined;
  /** @returns the path of what is there then; undefined where it is not */
  readonly begin: (wanted: Wanted) => Promise<string | undefined>;
  readonly giveUp: () => void;
}

/** A session that nobody uses ends after half an hour, and a large upload with it: as it comes along it is a use. */
const usedEveryMs = 5 * 60_000;

/** One upload at a time, which ends with the page. */
function useUpload(): Upload {
  const [written, setWritten] = useState<number>();
  const [failure, setFailure] = useState<string>();
  const [path, setPath] = useState<string>();
  const { client } = useConsole();
  const end = useRef<AbortController>(undefined);
  const usedAt = useRef(0);
  useEffect(() => () => end.current?.abort(), []);
  const progress = (bytes: number): void => {
    setWritten(bytes);
    if (Date.now() - usedAt.current < usedEveryMs) return;
    usedAt.current = Date.now();
    client.session().catch(() => undefined);
  };
  const begin = async ({ file, name, folder }: Wanted): Promise<string | undefined> => {
    const own = new AbortController();
    end.current = own;
    setWritten(0);
    setFailure(undefined);
    setPath(undefined);
    const url = new URL(storageRoutes.uploadImage.path, location.href);
    url.protocol = "wss:";
    url.search = String(new URLSearchParams({ to: folder, name, bytes: String(file.size) }));
    try {
      const done = await uploadFile({ url: url.href, file, progress, signal: own.signal });
      setPath(done.path);
      return done.path;
    } catch (error) {
      setFailure(own.signal.aborted ? "Given up: nothing of it is kept" : errorText(error));
      return undefined;
    } finally {
      setWritten(undefined);
    }
  };
  return { written, failure, path, begin, giveUp: () => end.current?.abort() };
}
