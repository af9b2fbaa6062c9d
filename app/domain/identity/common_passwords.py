"""Passwords of at least ten characters that are guessed first, in lower case."""

from typing import Final

_WORDS: Final = """
0000000000 0123456789 0987654321 1111111111 1122334455 112233445566 123123123123 1231231234 1234512345
1234567890 12345678901 123456789012 123456789a 123456789q 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc
2222222222 9876543210 a123456789 aa12345678 abc1234567 abc123456789 abcd123456 abcdef1234 abcdefg123
abcdefghij abcdefghijk abcdefghijkl access1234 admin12345 admin123456 adminadmin administrator administrator1
asdf123456 asdfasdfasdf asdfghjkl1 asdfghjkl123 asdfghjkl; baseball12 baseball123 basketball batman12345
business123 changeme123 changemenow charlie123 company123 computer12 computer123 correcthorsebatterystaple
default123 defaultpassword dragon12345 football12 football123 guest12345 guestguest hello12345 hellohello
helloworld helloworld1 helloworld123 ilovemymom iloveyou!! iloveyou12 iloveyou123 iloveyou1234 iloveyouso
india12345 india123456 internet12 internet123 jaishreeram jennifer123 krishna123 letmein123 letmein1234
letmeinnow login12345 loginlogin master12345 michael123 monkey12345 mumbai12345 mypassword newpassword
oldpassword p@ssw0rd123 p@ssword123 passw0rd123 password1! password12 password123 password123! password1234
password12345 password2024 password2025 password2026 passwordpassword payments123 pokemon123 princess12
princess123 q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedc123 qazwsxedcrfv qweasdzxc123 qwerasdfzxcv qwerty1234 qwerty12345
qwerty123456 qwerty1234567890 qwertyqwerty qwertyuiop qwertyuiop1 qwertyuiop123 razorpay123 rootrootroot
sairam1234 secret1234 secret12345 secretsecret shadow12345 spiderman1 starwars123 stripe1234 sunshine12
sunshine123 superman123 supersecret temporary1 temppassword test123456 test1234567 testing123 testing1234
testtest12 testtest123 thepassword tinko12345 tinkotinko topsecret1 trustno1trustno1 user123456 username12
welcome123 welcome1234 welcome2024 welcome2025 welcome2026 whatever12 whatever123 zaq12wsxcde3 zxcvbnm,./
zxcvbnm123
"""
COMMON_PASSWORDS: Final = frozenset(_WORDS.split())
