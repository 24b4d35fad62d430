"""What is said in a call besides the words of the dialogue, in German and English."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "hello": "Guten Tag, hier ist {name}. Sie sprechen mit einem automatischen System."
        " Bei Lebensgefahr legen Sie auf und wählen Sie 112."
        " Einen Menschen erreichen Sie jederzeit mit der 0, einen Rückruf mit der 9. For English, press 8.",
        "menu": "Worum geht es? Sagen Sie es in einem Satz, oder wählen Sie:",
        "key": "Für {label} drücken Sie die {key}.",
        "again": "Mit dem Stern hören Sie das noch einmal.",
        "heard": "Ich habe verstanden: {text}. Stimmt das? Für Ja drücken Sie die 1, für Nein die 2.",
        "open": "Sagen Sie es, oder tippen Sie eine Zahl und dann die Raute.",
        "many": "Sagen Sie es mit Ihren Worten, oder hören Sie mit der Raute alle Möglichkeiten.",
        "once_more": "Bitte sagen Sie es noch einmal, oder drücken Sie die 0 für einen Menschen.",
        "silent": "Ich habe nichts gehört.",
        "bye": "Vielen Dank für Ihren Anruf. Auf Wiederhören.",
        "person": "Einen Moment bitte, ich verbinde Sie.",
        "nobody": "Im Augenblick kann ich Sie nicht verbinden. Wir rufen Sie zurück.",
        "which": "Unter welcher Nummer erreichen wir Sie? Tippen Sie die Nummer mit Vorwahl und zum Schluss die Raute."
        " Für die Nummer, von der Sie anrufen, drücken Sie nur die Raute.",
        "will_call": "Danke. Wir rufen Sie zurück unter {number}.",
        "wrong_key": "Diese Taste ist nicht belegt.",
        "wrong_number": "Diese Nummer war nicht vollständig.",
        "call_back": "Bitte um Rückruf unter {number}.",
        "recorded": "[Aufnahme]",
        "unsure": "Das habe ich nicht verstanden.",
        "running": "einen Vorgang, den Sie schon haben,",
        "which_case": "Welche Nummer hat Ihr Vorgang? Tippen Sie sie, und zum Schluss die Raute.",
        "no_case": "Zu dieser Nummer finde ich keinen Vorgang, der von Ihrem Telefon kommt.",
        "case_number": "Ihr Vorgang hat die Nummer {number}. Damit können Sie von diesem Telefon wieder anrufen.",
        "nothing_open": "In Ihrem Vorgang ist gerade keine Frage offen. Was möchten Sie dazu sagen?",
    },
    "en": {
        "hello": "Hello, this is {name}. You are talking to an automated system."
        " If somebody's life is in danger, hang up and dial 112."
        " Press 0 at any time for a person, 9 to be called back.",
        "menu": "What is it about? Say it in a sentence, or choose:",
        "key": "For {label}, press {key}.",
        "again": "Press star to hear this again.",
        "heard": "I understood: {text}. Is that right? Press 1 for yes, 2 for no.",
        "open": "Say it, or enter a number and then the hash key.",
        "many": "Say it in your own words, or press the hash key to hear all possibilities.",
        "once_more": "Please say it again, or press 0 for a person.",
        "silent": "I did not hear anything.",
        "bye": "Thank you for calling. Goodbye.",
        "person": "One moment please, I am putting you through.",
        "nobody": "I cannot put you through at the moment. We will call you back.",
        "which": "Which number can we reach you at? Enter it with the area code and finish with the hash key."
        " For the number you are calling from, press only the hash key.",
        "will_call": "Thank you. We will call you back at {number}.",
        "wrong_key": "That key has no meaning here.",
        "wrong_number": "That number was not complete.",
        "call_back": "Please call back at {number}.",
        "recorded": "[recording]",
        "unsure": "I did not understand that.",
        "running": "a case you already have,",
        "which_case": "What is the number of your case? Enter it and finish with the hash key.",
        "no_case": "I find no case with this number that comes from your telephone.",
        "case_number": "Your case has the number {number}. With it you can call again from this telephone.",
        "nothing_open": "No question is open in your case at present. What would you like to say about it?",
    },
}
"""Text by language and name; what stands in braces is filled in."""
