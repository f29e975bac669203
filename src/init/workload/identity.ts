/** Who the program runs as, and with what: the options from --user to --keep-capabilities. */
import { isSet, Id } from "../config/config";
import { setLimitsAndPriorities, setMaskAndDirectory } from "./surroundings";

/** Whether any of these options is set: they stand together in the table. */
export function isIdentitySet(): bool {
  for (let id: i32 = Id.CHDIR; id <= Id.OOM_SCORE_ADJ; id++) if (isSet(id)) return true;
  return false;
}

/** Makes the caller, which is the child, who the program is to be. False, said, where any of it did not take effect. */
export function assumeIdentity(): bool {
  return setLimitsAndPriorities() && setMaskAndDirectory();
}
