import { expect, test } from "vitest";
import { speak } from "../../text";
import { hoursInWords } from "./trades";

test("hours of a firm name the days as the reader's language shortens them", async () => {
  await speak("de");
  expect(hoursInWords("mo-do 07:30-16:00, fr 07:30-13:00")).toBe("Mo–Do 07:30–16:00, Fr 07:30–13:00");
  await speak("en");
  expect(hoursInWords("mo-fr 08:00-17:00")).toBe("Mon–Fri 08:00–17:00");
  expect(hoursInWords("di 09:00-12:00")).toBe("Tue 09:00–12:00");
});
