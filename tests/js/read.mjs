// Reads one calendar a line (a JSON string) and answers with what ical.js understood, as JSON.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const installed = createRequire(`${process.argv[2]}/package.json`);
const { default: ICAL } = await import(pathToFileURL(installed.resolve("ical.js")));

const person = (property) => ({
  address: property.getFirstValue().replace(/^mailto:/, ""),
  name: property.getParameter("cn") ?? "",
  parameters: Object.fromEntries(
    ["cutype", "role", "partstat", "rsvp"].map((name) => [name, property.getParameter(name) ?? ""]),
  ),
});

function entry(event) {
  const text = (name) => event.getFirstPropertyValue(name) ?? "";
  return {
    uid: text("uid"),
    sequence: text("sequence"),
    status: text("status"),
    starts_at: text("dtstart").toICALString(),
    ends_at: text("dtend").toICALString(),
    revised_at: text("dtstamp").toICALString(),
    title: text("summary"),
    description: text("description"),
    location: text("location"),
    organizer: person(event.getFirstProperty("organizer")),
    attendees: event.getAllProperties("attendee").map(person),
    conferences: event.getAllProperties("conference").map((found) => found.getFirstValue()),
    alarms: event.getAllSubcomponents("valarm").map((alarm) => alarm.getFirstPropertyValue("description")),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const calendar = new ICAL.Component(ICAL.parse(JSON.parse(line)));
  const answer = {
    method: calendar.getFirstPropertyValue("method"),
    entries: calendar.getAllSubcomponents("vevent").map(entry),
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
