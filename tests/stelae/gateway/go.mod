module example.org/stand-in

go 1.21
