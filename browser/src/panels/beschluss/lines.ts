/** What people write line by line, such as roles: "Vorsitz: leitet die Sitzung". */
export interface Part {
  role: string;
  part: string;
}

export const rolesOf = (text: string): Part[] =>
  text
    .split("\n")
    .map((line) => line.split(":"))
    .map(([role = "", ...rest]) => ({ role: role.trim().slice(0, 300), part: rest.join(":").trim().slice(0, 300) }))
    .filter(({ role }) => role)
    .slice(0, 50);

export const linesOf = (roles: readonly Part[]): string =>
  roles.map(({ role, part }) => (part ? `${role}: ${part}` : role)).join("\n");
